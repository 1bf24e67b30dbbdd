"""Requests that are too large, too many or malformed: refused at once."""

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest

from tests.conftest import Database
from tests.support.hostile import Victim, flood, is_ended, nobodys_friend, reset
from tests.support.process import Exporter
from tests.support.process_usage import usage_of
from tests.support.raw_http import responses
from tests.support.running import secure_exporter

HEAD = b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n"
KIB = 1024
MOST_OF_A_HEAD = 64 * KIB
AT_ONCE = 3.0  # seconds, much less than somebody slow is given
PIPELINED = 12
FLOODERS = 10
KEPT_BACK = 8 * KIB * KIB  # bytes that the buffers of the system may take from one client
MORE_MEMORY = 16 * KIB  # KiB
FEW_LINES = 5
GARBAGE = (
    b"hello\r\n\r\n",
    bytes(range(256)) * 4,
    HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
    HEAD + b"X: \x00\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    HEAD + b"Authorization: Basic eDp5\r\n\r\n",
    b"GET /nowhere HTTP/1.1\r\n\r\n",
)


@pytest.fixture(scope="module")
def secure(matomo: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exporter]:
    """An exporter with TLS and users."""
    with secure_exporter(matomo, tmp_path_factory.mktemp("web")) as running:
        yield running


@pytest.fixture(params=["plain", "tls"])
def victim(exporter: Exporter, secure: Exporter, request: pytest.FixtureRequest) -> Victim:
    """An exporter without TLS or users, or one with both."""
    found = {"plain": exporter, "tls": secure}[request.param]
    return Victim(found.port, found.tls, found.login)


def cpu_seconds(pid: int) -> float:
    """Seconds that a process has computed for."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def answer_begins(client: socket.socket) -> bytes:
    """The status; empty if the server broke off before it had read the whole request."""
    client.settimeout(AT_ONCE)
    try:
        return client.recv(12)
    except ConnectionError:
        return b""


@pytest.mark.parametrize("size", [MOST_OF_A_HEAD * 2, MOST_OF_A_HEAD * 100])
@pytest.mark.parametrize("words", [b"X: y\r\n", b"x"], ids=["many lines", "a long line"])
def test_a_head_that_is_too_large_is_refused_and_the_connection_closed(
    victim: Victim, size: int, words: bytes
) -> None:
    with closing(victim.enter()) as client:
        client.sendall(HEAD + b"X: ")
        flood(client, words * 1000, size)
        assert answer_begins(client) in (b"HTTP/1.1 400", b"HTTP/1.1 431", b"")
        assert is_ended(client)


def test_a_head_just_above_the_limit_gets_an_error_response(victim: Victim) -> None:
    with closing(victim.enter()) as client:
        client.sendall(HEAD + b"X: " + b"x" * (MOST_OF_A_HEAD + 1000))
        assert answer_begins(client) in (b"HTTP/1.1 400", b"HTTP/1.1 431")
        assert is_ended(client)


def test_a_head_of_half_that_size_is_fine(victim: Victim) -> None:
    with closing(victim.enter()) as client:
        client.sendall(HEAD + b"X: " + b"x" * (MOST_OF_A_HEAD // 2) + b"\r\n\r\n")
        assert client.recv(12) == b"HTTP/1.1 200"


def test_a_head_of_many_small_lines_is_refused(victim: Victim) -> None:
    """Each takes a hundred times its size in memory."""
    with closing(victim.enter()) as client:
        client.sendall(HEAD + b"X: y\r\n" * 200 + b"\r\n")
        assert answer_begins(client) == b"HTTP/1.1 400"
        assert is_ended(client)


def test_lines_after_a_body_are_limited_and_open_nothing(secure: Exporter) -> None:
    """Lines after a chunked body are as good a place to send without end as any."""
    victim, before = Victim(secure.port, secure.tls), usage_of(secure.process.pid)
    chunked = b"GET /metrics HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
    with closing(victim.enter()) as client:
        client.sendall(chunked + f"Authorization: {secure.login}\r\nX: y\r\n".encode())
        assert answer_begins(client) == b"HTTP/1.1 401"
        with suppress(OSError):
            flood(client, b"ab: cd\r\n" * 1000, 50 * KIB * KIB)
        assert is_ended(client)
    assert usage_of(secure.process.pid).memory - before.memory <= MORE_MEMORY


def test_a_request_to_speak_something_else_ends_with_its_answer(victim: Victim) -> None:
    upgrade = HEAD + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    with closing(victim.enter()) as client:
        client.sendall(upgrade + victim.request())
        assert answer_begins(client) == b"HTTP/1.1 200"
        assert is_ended(client, AT_ONCE)


def test_some_pipelined_requests_are_answered_in_order(victim: Victim) -> None:
    paths = ["/-/healthy", "/metrics"] * (PIPELINED // 2)
    asked = b"".join(map(victim.request, paths)).removesuffix(b"\r\n")
    with closing(victim.enter()) as client, client.makefile("rb") as answers:
        client.sendall(asked + b"Connection: close\r\n\r\n")
        found = responses(answers.read())
    assert [answer.body == b"healthy\n" for answer in found] == [True, False] * (PIPELINED // 2)
    assert {answer.status for answer in found} == {200}


def test_a_client_that_asks_without_end_and_reads_nothing_fills_no_memory(secure: Exporter) -> None:
    victim = Victim(secure.port, secure.tls, secure.login)
    before = usage_of(secure.process.pid)
    with ExitStack() as stack:
        for _ in range(FLOODERS):
            client = stack.enter_context(closing(victim.enter(4 * KIB)))
            assert flood(client, victim.request() * 100, 2 * KEPT_BACK) < KEPT_BACK
        during = usage_of(secure.process.pid)
    assert during.memory - before.memory <= MORE_MEMORY


def test_neither_bad_requests_nor_bad_handshakes_flood_the_log(
    exporter: Exporter, secure: Exporter
) -> None:
    before = {running.port: running.output for running in (exporter, secure)}
    for running in (exporter, secure):
        for tls in (None, running.tls, nobodys_friend()):
            for words in GARBAGE * 10:
                attack(Victim(running.port, tls), words)
    for running in (exporter, secure):
        assert running.get("/metrics").status == 200
        output = running.output.removeprefix(before[running.port])
        assert len(output.splitlines()) <= FEW_LINES
        assert "Traceback" not in output


def attack(victim: Victim, words: bytes) -> None:
    """Say something wrong, where it comes to that, and break off."""
    try:
        client = victim.enter()
    except OSError:  # only one of us speaks TLS, or I do not trust the other
        return
    flood(client, words, 1)
    reset(client)


EXPENSIVE = (
    b"GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: %s\r\n\r\n" % (b"," * 60_000),
    b"GET /metrics HTTP/1.1\r\nHost: x\r\nAccept-Encoding: %s\r\n\r\n" % (b"," * 60_000),
    b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: upgrade%s\r\nUpgrade: x\r\n\r\n"
    % (b"," * 60_000),
    b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n" % (b"%41" * 20_000),
)


@pytest.mark.parametrize("request_", EXPENSIVE, ids=["accept", "encoding", "connection", "url"])
def test_a_long_header_or_address_costs_little(exporter: Exporter, request_: bytes) -> None:
    def ask() -> None:
        with closing(socket.create_connection(("127.0.0.1", exporter.port))) as client:
            client.settimeout(AT_ONCE)
            with suppress(ConnectionError):
                client.sendall(request_)
                assert client.recv(12).startswith(b"HTTP/1.1")

    before = cpu_seconds(exporter.process.pid)
    for _ in range(20):
        ask()
    assert (cpu_seconds(exporter.process.pid) - before) / 20 < 0.015
