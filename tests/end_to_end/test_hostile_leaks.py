"""Ten thousand failed attempts leave no memory, file or thread behind."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress

import pytest

from tests.conftest import Database
from tests.support import hostile
from tests.support.hostile import Attack, Victim, flood, held, nobodys_friend, reset
from tests.support.process import Exporter, wait_until
from tests.support.process_usage import usage_of
from tests.support.running import secure_exporter
from tests.support.scrape import basic

ATTEMPTS = 10_000
WARM_UP = 1_500
PATIENT = 30  # that wait for the server to end them
GONE = 15.0  # seconds after which it has
MORE_MEMORY = 4 * 1024  # KiB
FEW_LINES = 5


def garbage(victim: Victim) -> socket.socket:
    """Does not speak TLS."""
    made = victim.knock()
    made.sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
    return made


def distrustful(victim: Victim) -> socket.socket:
    """Breaks off the handshake, for it does not know the server's authority."""
    made = victim.knock()
    with suppress(OSError):
        nobodys_friend().wrap_socket(made.dup(), server_hostname="127.0.0.1").close()
    return made


def wrong_login(victim: Victim) -> socket.socket:
    """Does not wait for the answer."""
    made = victim.enter()
    made.sendall(Victim(victim.port, login=basic("mallory", "x")).request())
    return made


def bad_request(victim: Victim) -> socket.socket:
    """Says something that is no HTTP."""
    made = victim.enter()
    flood(made, b"hello\r\n\r\n", 1)
    return made


# Those without a handshake are quick, so there are more of them.
ATTACKS: tuple[Attack, ...] = (
    *[hostile.silent, hostile.half_hello, garbage] * 10,
    *(hostile.entered, hostile.half_head, hostile.unread, hostile.endless_body),
    *(distrustful, wrong_login, bad_request, hostile.idle),
)
PATIENT_ATTACKS = (hostile.silent, hostile.half_hello, hostile.half_head, hostile.hungry)


@pytest.fixture
def secure(matomo: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exporter]:
    """An exporter with TLS and users."""
    with secure_exporter(matomo, tmp_path_factory.mktemp("web")) as running:
        yield running


def wave(victim: Victim, attempts: int) -> None:
    """That many attempts, of every kind in turn; each is broken off, one way or the other."""
    for turn in range(attempts):
        client = ATTACKS[turn % len(ATTACKS)](victim)
        if turn // len(ATTACKS) % 2:
            reset(client)
        else:
            client.close()


def wait_for_the_end(victim: Victim, pid: int) -> None:
    """Of some of each patient kind, which the server has to end itself."""
    with ExitStack() as stack:
        for turn in range(PATIENT):
            attack = PATIENT_ATTACKS[turn % len(PATIENT_ATTACKS)]
            stack.enter_context(closing(attack(victim)))
        wait_until(lambda: not held(pid, victim.port), "no client is left", GONE)


def test_ten_thousand_attempts_leave_nothing_behind(secure: Exporter) -> None:
    victim, pid = Victim(secure.port, secure.tls, secure.login), secure.process.pid
    wave(victim, WARM_UP)
    wait_for_the_end(victim, pid)
    before, output = usage_of(pid), secure.output
    wave(victim, ATTEMPTS)
    wait_for_the_end(victim, pid)
    after = usage_of(pid)
    assert after.memory - before.memory <= MORE_MEMORY
    assert (after.files, after.threads) == (before.files, before.threads)
    assert secure.get("/metrics").status == 200
    more = secure.output.removeprefix(output)
    assert len(more.splitlines()) <= FEW_LINES
    assert "Traceback" not in more
