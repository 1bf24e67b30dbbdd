"""The network to the database is bad, or another program answers."""

from collections.abc import Iterator

import pytest

from matomo_archive_exporter.demo.private_server import free_port
from tests.conftest import Database
from tests.support.bad_servers import greeter, web_server
from tests.support.invariants import (
    Watch,
    all_work,
    none_works,
)
from tests.support.proxy import Harm, Kind, Proxy
from tests.support.scrape import Page

COLLECTORS = ("queue", "runs", "archives", "durations", "overlaps", "forecast")
QUEUE = "matomo_archive_invalidations"
LARGEST_PACKET = 16 * 1024  # KiB
OF_THE_LINE = {"unreachable", "lost_connection"}


@pytest.fixture(scope="module")
def line(matomo: Database) -> Iterator[Proxy]:
    """A network to the database that is good until the test damages it."""
    with Proxy(matomo.server.port) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def options(line: Proxy) -> tuple[str, ...]:
    """It reads as often as it can over that network."""
    return (f"--database.port={line.port}", "--collect.interval=20ms")


def reasons(watch: Watch, page: Page) -> set[str]:
    """The reasons of failures since the damage began."""
    return set().union(*(watch.reasons(page, name) for name in COLLECTORS))


@pytest.mark.parametrize("kind", ["cut", "reset"])
def test_a_line_that_breaks_anywhere_in_the_answers(watch: Watch, line: Proxy, kind: Kind) -> None:
    """Wherever it is: from the greeting of the server to the last row of the last answer."""
    line.does(Harm(kind, at) for at in range(0, line.longest, 151))
    watch.wait_for(lambda page: line.is_through, seconds=180)
    page = watch.wait_for(all_work)
    assert OF_THE_LINE <= reasons(watch, page) <= OF_THE_LINE | {"bad_data"}


@pytest.mark.parametrize(("at", "reason"), [(0, "unreachable"), (2000, "timeout")])
def test_a_line_on_which_nothing_more_comes(
    watch: Watch, line: Proxy, at: int, reason: str
) -> None:
    """Given up after the limit of an attempt to connect, or two seconds after a statement's."""
    line.does([Harm("silence", at)])
    page = watch.wait_for(lambda page: reasons(watch, page))
    assert reasons(watch, page) - {"bad_data"} == {reason}


def test_a_line_on_which_every_byte_comes_alone_is_slow_and_nothing_else(
    watch: Watch, line: Proxy
) -> None:
    watch.longest_reading = 20
    line.does([Harm("dribble")])
    watch.wait_for(lambda page: line.is_through)
    assert reasons(watch, watch.look()) == set()


@pytest.mark.parametrize("at", [0, 2000, 5003])
def test_of_what_a_line_garbles_no_figure_is_made(watch: Watch, line: Proxy, at: int) -> None:
    watch.more_memory += LARGEST_PACKET  # a length that was garbled is made room for
    line.does([Harm("garble", at)])
    watch.wait_for(lambda page: reasons(watch, page))


@pytest.mark.parametrize(
    ("words", "hangs_up"),
    [
        pytest.param(b"", False, id="nothing"),
        pytest.param(b"", True, id="nothing, and hangs up"),
        pytest.param(b"SSH-2.0-OpenSSH_9.2p1\r\n", False, id="SSH"),
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n", True, id="HTTP"),
        pytest.param(bytes(range(1, 256)) * 16, True, id="noise"),
        pytest.param(b"\x00\x00\x00\x00", False, id="an empty packet"),
        pytest.param(b"\x05\x00\x00\x00\x0a8.0\x00", False, id="half a greeting"),
    ],
)
def test_a_port_where_something_else_says(
    watch: Watch, line: Proxy, words: bytes, hangs_up: bool
) -> None:
    with greeter(words, hangs_up=hangs_up) as other_program:
        line.to = other_program
        try:
            page = watch.wait_for(none_works)
            assert watch.reasons(page) <= OF_THE_LINE
            assert watch.exporter.get("/-/healthy").status == 200
        finally:
            line.to = watch.database.server.port


def test_a_port_where_a_web_server_waits_for_the_client_to_speak(watch: Watch, line: Proxy) -> None:
    with web_server() as other_program:
        line.to = other_program
        try:
            page = watch.wait_for(none_works)
            assert watch.reasons(page) == {"unreachable"}
        finally:
            line.to = watch.database.server.port


def test_a_closed_port_is_unreachable_and_its_values_expire(watch: Watch, line: Proxy) -> None:
    """And so for longer than values last."""
    line.to = free_port()
    try:
        page = watch.wait_for(lambda page: none_works(page) and not page.values(QUEUE))
        assert watch.reasons(page) <= OF_THE_LINE
    finally:
        line.to = watch.database.server.port
