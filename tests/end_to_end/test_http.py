"""The answers of `serve` over HTTP."""

import gzip
import socket

import pytest

from matomo_archive_exporter.demo.private_server import free_port
from tests.conftest import Database
from tests.support.process import Exporter
from tests.support.running import PASSWORD_VARIABLE
from tests.support.scrape import Page, fetch

# Formats, methods and unknown paths are in unit/web/.


@pytest.mark.parametrize("path", ["/", "/metrics", "/metrics?x=1", "/-/healthy", "/-/ready"])
def test_get_answers_200(exporter: Exporter, path: str) -> None:
    assert exporter.get(path).status == 200


@pytest.mark.parametrize("path", ["/", "/-/healthy", "/metrics"])
def test_head_answers_the_headers_of_get_without_a_body(exporter: Exporter, path: str) -> None:
    head, get = exporter.get(path, "HEAD"), exporter.get(path)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-type"] == get.headers["content-type"]
    assert int(head.headers["content-length"]) > 0


@pytest.mark.parametrize("accept", ["text/plain", "application/openmetrics-text"])
def test_gzip_holds_the_same_page(exporter: Exporter, accept: str) -> None:
    response = exporter.get("/metrics", accept=accept, accept_encoding="gzip, deflate")
    assert response.headers["content-encoding"] == "gzip"
    assert gzip.decompress(response.body) == exporter.get("/metrics", accept=accept).body


def test_a_client_that_has_said_all_is_still_answered(exporter: Exporter) -> None:
    """As `nc -N` does: it ends its side of the connection right after the request."""
    with socket.create_connection(("127.0.0.1", exporter.port)) as client:
        client.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n")
        client.shutdown(socket.SHUT_WR)
        response = b"".join(iter(lambda: client.recv(4096), b""))
    assert response.startswith(b"HTTP/1.1 200 ")
    assert response.endswith(b"healthy\n")


def test_neither_scrapes_nor_unknown_paths_start_a_reading(
    exporter: Exporter, matomo: Database
) -> None:
    def connections() -> object:
        return matomo.run("SHOW GLOBAL STATUS LIKE 'Connections'")

    before = connections()
    for path in ("/metrics", "/-/ready", "/-/healthy", "/", "/probe?target=x", "/read"):
        for _ in range(5):
            exporter.get(path)
    assert connections() == before


def test_it_listens_on_every_address_and_serves_the_metrics_at_the_given_path(
    matomo: Database,
) -> None:
    port = free_port()
    flags = (f"--web.listen-address=[::1]:{port}", "--web.telemetry-path=/matomo/queue")
    with Exporter(*matomo.flags, *flags, variables=PASSWORD_VARIABLE) as running:
        for url in (running.url, f"http://[::1]:{port}"):
            assert "process_open_fds" in Page.of(fetch(f"{url}/matomo/queue").text).names
            assert 'href="/matomo/queue"' in fetch(f"{url}/").text
            assert fetch(f"{url}/metrics").status == 404
