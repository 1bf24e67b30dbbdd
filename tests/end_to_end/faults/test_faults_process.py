"""The process and its system: full pipes, closed streams, unknown signals."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from matomo_archive_exporter.demo.private_server import free_port
from tests.conftest import Database
from tests.support.private_server import PrivateServer
from tests.support.process import COMMAND, SOON, Exporter, environment, finish, wait_until
from tests.support.rearchivings import schedule
from tests.support.running import EVERY_50_MS, EVERY_HOUR, PASSWORD_VARIABLE, matomo_on, sessions
from tests.support.scrape import Page, fetch

DROPPED = "matomo_archive_exporter_log_messages_dropped_total"
PIPE = 64 * 1024


@contextmanager
def with_full_stderr(*flags: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """`serve` whose standard error is a pipe that is full, and its address."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    os.write(write, b"x" * PIPE)
    os.set_blocking(write, True)
    port = free_port()
    command = [*COMMAND, "serve", f"--web.listen-address=127.0.0.1:{port}", *flags]
    process = subprocess.Popen(
        command, env=environment(PASSWORD_VARIABLE), stdout=subprocess.DEVNULL, stderr=write
    )
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
        for descriptor in (read, write):
            os.close(descriptor)


def answers(address: str) -> bool:
    try:
        return fetch(f"{address}/-/ready").status == 200
    except OSError:
        return False


def test_a_log_without_a_reader_holds_up_neither_answers_nor_the_stop() -> None:
    """The database is unreachable, and each reading logs that again at debug level."""
    flags = (f"--database.port={free_port()}", "--database.username=u", "--log.level=debug")
    with with_full_stderr(*flags, "--collect.interval=1ms") as (process, address):
        wait_until(lambda: answers(address), "it answers")

        def drops() -> bool:
            return bool(Page.of(fetch(f"{address}/metrics").text).value(DROPPED))

        wait_until(drops, "lines are dropped", 60)
        process.send_signal(signal.SIGTERM)
        seconds = wait_until(lambda: process.poll() is not None, "it ends", 10)
    assert process.returncode == 0
    assert seconds < SOON


@pytest.mark.parametrize("name", ["SIGHUP", "SIGUSR1", "SIGUSR2", "SIGALRM"])
def test_a_signal_that_means_nothing_to_it_does_not_end_it(matomo: Database, name: str) -> None:
    with Exporter(*matomo.flags, *EVERY_50_MS, variables=PASSWORD_VARIABLE) as running:
        running.process.send_signal(getattr(signal, name))
        running.wait_for(lambda page: page.up)
        assert running.process.poll() is None


def test_a_quit_ends_it_in_order(matomo: Database) -> None:
    with Exporter(*matomo.flags, *EVERY_50_MS, variables=PASSWORD_VARIABLE) as running:
        running.wait_for(lambda page: page.up)
        status, seconds = running.stop(signal.SIGQUIT)
        assert running.output.splitlines()[-1].endswith("msg=stopped")
    assert status == 0
    assert seconds < SOON


@pytest.mark.parametrize("command", ["once", "check", "--version", "--help"])
def test_a_standard_output_that_is_closed_is_quiet(matomo: Database, command: str) -> None:
    flags = " ".join((*matomo.flags, "--log.level=error")) if command in ("once", "check") else ""
    shell = ["sh", "-c", f"{' '.join(COMMAND)} {command} {flags} >&-"]
    done = finish(shell, variables=environment(PASSWORD_VARIABLE))
    assert (done.status, done.out, done.err) == (0, "", "")


@pytest.mark.parametrize("entries", [100, 15_000])
def test_a_stop_does_not_wait_for_rearchivings_that_are_worked_out(
    server: PrivateServer, entries: int
) -> None:
    with matomo_on(server) as database:
        schedule(database, entries)
        with Exporter(*database.flags, EVERY_HOUR, variables=PASSWORD_VARIABLE) as running:
            running.wait_for(lambda page: page.up, when_ready=False)
            assert not running.is_ready
            status, seconds = running.stop()
            wait_until(lambda: not sessions(database), "no connection is left", SOON)
    assert status == 0
    assert seconds < SOON


# Addresses


def reaches(family: socket.AddressFamily, host: str, port: int) -> bool:
    with socket.socket(family) as client:
        return client.connect_ex((host, port)) == 0


def serving(*addresses: str) -> Exporter:
    flags = ("--database.username=u", f"--database.port={free_port()}", EVERY_HOUR)
    return Exporter(*(f"--web.listen-address={a}" for a in addresses), *flags)


def test_every_address_of_ipv6_is_every_address_of_ipv4_too() -> None:
    port = free_port()
    with serving(f"[::]:{port}"):
        assert reaches(socket.AF_INET6, "::1", port)
        assert reaches(socket.AF_INET, "127.0.0.1", port)


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1"])  # noqa: S104
def test_beside_an_address_of_ipv4_it_stays_that_of_ipv6(host: str, order: int) -> None:
    port = free_port()
    with serving(*[f"[::]:{port}", f"{host}:{port}"][::order]):
        assert reaches(socket.AF_INET6, "::1", port)
        assert reaches(socket.AF_INET, "127.0.0.1", port)
