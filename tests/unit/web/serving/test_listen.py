"""Listening sockets."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import pytest

from matomo_archive_exporter.settings.sources import SettingsError
from matomo_archive_exporter.settings.values import ListenAddress
from matomo_archive_exporter.web.serving.listen import listen, url


def loopbacks() -> Iterator[str]:
    """The loopback addresses that this machine has."""
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with suppress(OSError), socket.socket(family) as tried:
            tried.bind((host, 0))
            yield host


LOOPBACKS = [*loopbacks()]


@contextmanager
def listening(*addresses: ListenAddress) -> Iterator[list[socket.socket]]:
    opened = listen(addresses)
    try:
        yield opened
    finally:
        for each in opened:
            each.close()


def port_of(opened: socket.socket) -> int:
    return int(opened.getsockname()[1])


def answers(host: str, opened: socket.socket) -> bool:
    try:
        with closing(socket.create_connection((host, port_of(opened)), timeout=10)):
            return True
    except OSError:
        return False


@pytest.mark.parametrize("host", LOOPBACKS)
def test_one_address_is_listened_on_and_no_other(host: str) -> None:
    with listening(ListenAddress(host, 0)) as (opened,):
        assert {other: answers(other, opened) for other in LOOPBACKS} == {
            other: other == host for other in LOOPBACKS
        }


def test_no_host_means_every_address_of_either_family() -> None:
    with listening(ListenAddress("", 0)) as (opened,):
        assert all(answers(host, opened) for host in LOOPBACKS)


def test_a_host_may_be_a_name() -> None:
    with listening(ListenAddress("localhost", 0)) as (opened,):
        assert answers("localhost", opened)


def test_several_addresses_have_a_socket_each() -> None:
    addresses = [ListenAddress(host, 0) for host in (*LOOPBACKS, "127.0.0.1")]
    with listening(*addresses) as opened:
        assert [each.getsockname()[0] for each in opened] == [*LOOPBACKS, "127.0.0.1"]


def test_the_same_port_may_be_had_on_both_families() -> None:
    with listening(ListenAddress(LOOPBACKS[0], 0)) as (first,):
        others = [ListenAddress(host, port_of(first)) for host in LOOPBACKS[1:]]
        with listening(*others) as opened:
            assert {port_of(each) for each in opened} <= {port_of(first)}


@pytest.mark.parametrize("host", LOOPBACKS)
def test_a_port_that_is_taken_is_one_line_that_names_the_address(host: str) -> None:
    with listening(ListenAddress(host, 0)) as (opened,):
        address = ListenAddress(host, port_of(opened))
        with pytest.raises(SettingsError) as error:
            listen((address,))
    assert str(error.value) == f"--web.listen-address: {address}: Address already in use"


def test_when_one_address_cannot_be_had_none_is_kept() -> None:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        free = ListenAddress("127.0.0.1", port_of(asked))
    with listening(ListenAddress("127.0.0.1", 0)) as (taken,):
        with pytest.raises(SettingsError):
            listen((free, ListenAddress("127.0.0.1", port_of(taken))))
        with listening(free) as (again,):
            assert port_of(again) == free.port


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid", "a..b", "x" * 300])
def test_an_address_of_another_machine_is_one_line(host: str) -> None:
    address = ListenAddress(host, 0)
    with pytest.raises(SettingsError, match=r"^--web\.listen-address: [^\n]+: [^\n]+$") as error:
        listen((address,))
    assert str(address) in str(error.value)


@pytest.mark.parametrize("host", LOOPBACKS)
def test_a_listening_socket_has_a_url_for_people(host: str) -> None:
    with listening(ListenAddress(host, 0)) as (opened,):
        shown = f"[{host}]" if ":" in host else host
        assert url(opened, "http") == f"http://{shown}:{port_of(opened)}"


def test_the_url_of_every_address_names_localhost() -> None:
    with listening(ListenAddress("", 0)) as (opened,):
        assert url(opened, "http") == f"http://localhost:{port_of(opened)}"


EVERY_IPV6 = ["::", "::0", "0:0:0:0:0:0:0:0"] if "::1" in LOOPBACKS else [""]


@pytest.mark.parametrize("host", EVERY_IPV6)
def test_every_address_of_ipv6_is_every_address_of_ipv4_too(host: str) -> None:
    with listening(ListenAddress(host, 0)) as (opened,):
        assert all(answers(loopback, opened) for loopback in LOOPBACKS)
