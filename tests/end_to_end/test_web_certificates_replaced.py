"""A certificate is replaced under load: clients notice only the new certificate."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import Database
from tests.support.process import Exporter, wait_until
from tests.support.running import EVERY_HOUR, PASSWORD_VARIABLE
from tests.support.scrape import Connection
from tests.support.web_config import WebConfig, replace

SOON = 3.0  # seconds until a change is in force
A_MOMENT = 1.5  # in which the files are looked at
CLIENTS = 4  # of each kind
PAUSE = 0.01


def certificate_now(running: Exporter) -> bytes:
    """The certificate that a new connection sees."""
    with running.connect() as fresh:
        return fresh.certificate


def scrape(connection: Connection) -> None:
    response = connection.ask("/metrics")
    assert response.status == 200
    assert b"matomo_up" in response.body


@contextmanager
def load(running: Exporter) -> Iterator[None]:
    """Scrapes on kept connections and on new ones, of which none may fail."""
    is_over = threading.Event()

    def keep() -> int:
        scrapes = 0
        with running.connect() as kept:
            while not is_over.wait(PAUSE):
                scrape(kept)
                scrapes += 1
        return scrapes

    def connect_again() -> int:
        scrapes = 0
        while not is_over.wait(PAUSE):
            with running.connect() as fresh:
                scrape(fresh)
            scrapes += 1
        return scrapes

    with ThreadPoolExecutor(2 * CLIENTS) as pool:
        work: list[Future[int]] = [pool.submit(keep) for _ in range(CLIENTS)]
        work += [pool.submit(connect_again) for _ in range(CLIENTS)]
        try:
            yield
        finally:
            is_over.set()
        assert min(scrapes.result() for scrapes in work) > 10


@pytest.fixture
def served(matomo: Database, tmp_path: Path) -> Iterator[tuple[Exporter, WebConfig]]:
    """An exporter whose folder of certificates is a link, as it is in Kubernetes."""
    first = tmp_path / "first"
    first.mkdir()
    (tmp_path / "data").symlink_to("first")
    web = WebConfig.make(tmp_path / "data")
    arguments = (*matomo.flags, EVERY_HOUR, web.flag)
    with Exporter(*arguments, variables=PASSWORD_VARIABLE, tls=web.client()) as running:
        running.wait_for(lambda page: page.up)
        yield running, web


def one_file_after_the_other(web: WebConfig) -> None:
    """For a moment the key does not belong to the certificate."""
    folder = web.path.parent
    replace(folder / "server.pem", (folder / "next.pem").read_bytes())
    time.sleep(A_MOMENT)
    replace(folder / "server-key.pem", (folder / "next-key.pem").read_bytes())


def both_by_a_link(web: WebConfig) -> None:
    """A folder with all files takes the place of the one before."""
    link = web.path.parent
    second = link.with_name("second")
    second.mkdir()
    (second / "web.yml").write_bytes(web.path.read_bytes())
    for end in (".pem", "-key.pem"):
        (second / f"server{end}").write_bytes((link / f"next{end}").read_bytes())
    beside = link.with_name("data.new")
    beside.symlink_to("second")
    beside.replace(link)


@pytest.mark.parametrize("change", [one_file_after_the_other, both_by_a_link])
def test_no_scrape_fails_and_new_connections_see_the_new_certificate(
    served: tuple[Exporter, WebConfig], change: Callable[[WebConfig], None]
) -> None:
    running, web = served
    web.authority.issue("next")
    before = certificate_now(running)
    with load(running):
        change(web)
        wait_until(lambda: certificate_now(running) != before, "it is in force", SOON)
        time.sleep(A_MOMENT)
        after = certificate_now(running)
    assert after == ssl.PEM_cert_to_DER_cert((web.path.parent / "server.pem").read_text())
    errors = [line for line in running.output.splitlines() if "level=error" in line]
    assert len(errors) <= (change is one_file_after_the_other)
