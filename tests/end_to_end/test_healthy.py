"""`healthy`: the health check of a container."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from matomo_archive_exporter.demo.private_server import free_port
from tests.support.process import Exporter, Finished, run
from tests.support.web_config import WebConfig, client_certificates, users

NOWHERE = ("--database.username=u", "--database.host=127.0.0.1", "--database.port=1")


@pytest.fixture(scope="module")
def exporter() -> Iterator[Exporter]:
    """One without a database: it lives all the same."""
    with Exporter(*NOWHERE) as running:
        yield running


def healthy(*arguments: str, **variables: str) -> Finished:
    return run("healthy", *arguments, variables=variables)


@contextmanager
def server(status: int) -> Iterator[str]:
    """The address of a server that answers everything with this status."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.handle_request, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}"


@pytest.mark.parametrize("host", ["127.0.0.1", ""])
def test_an_exporter_that_lives_is_found_where_it_listens(exporter: Exporter, host: str) -> None:
    asked = healthy(f"--web.listen-address={host}:{exporter.port}")
    assert (asked.status, asked.out, asked.err) == (0, "healthy\n", "")


def test_the_environment_tells_where_it_listens_as_it_tells_the_exporter(
    exporter: Exporter,
) -> None:
    assert healthy(MATOMO_WEB_LISTEN_ADDRESS=f"127.0.0.1:{exporter.port}").status == 0


def test_it_may_be_asked_for_by_address(exporter: Exporter) -> None:
    assert healthy(f"--url=http://127.0.0.1:{exporter.port}").status == 0
    assert healthy(f"--url=http://127.0.0.1:{exporter.port}/").status == 0


def test_every_address_with_ipv6_includes_this_host() -> None:
    port = free_port()
    address = f"--web.listen-address=[::1]:{port}"
    with Exporter(*NOWHERE, address):
        assert healthy(address).status == 0


def test_a_closed_port_is_not_healthy() -> None:
    asked = healthy(f"--web.listen-address=127.0.0.1:{free_port()}")
    assert asked.status == 1
    assert asked.out.startswith("not healthy: 127.0.0.1:")
    assert asked.out.endswith(": Connection refused\n")


@pytest.mark.parametrize("status", [404, 503])
def test_any_other_answer_is_not_healthy(status: int) -> None:
    with server(status) as url:
        asked = healthy(f"--url={url}")
    assert (asked.status, asked.out) == (1, f"not healthy: answered {status}\n")


def test_a_silent_server_is_not_healthy_after_a_few_seconds() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        asked = healthy(f"--url=http://127.0.0.1:{silent.getsockname()[1]}")
    assert asked.status == 1
    assert "not healthy" in asked.out


@pytest.mark.parametrize(
    "sections",
    [
        {"basic_auth_users": users()},
        {"tls_server_config": client_certificates("authority.pem")},
    ],
    ids=["users", "client certificates"],
)
def test_tls_users_and_client_certificates_do_not_hinder_the_health_check(
    tmp_path: Path, sections: dict[str, object]
) -> None:
    web = WebConfig.make(tmp_path, **sections)
    with Exporter(*NOWHERE, web.flag, tls=web.client()) as exporter:
        address = f"127.0.0.1:{exporter.port}"
        assert healthy(f"--web.listen-address={address}", web.flag).status == 0
        assert healthy(f"--url=https://{address}").status == 0
        assert healthy(f"--url=http://{address}").status == 1


@pytest.mark.parametrize(
    "url",
    [
        *("127.0.0.1:16286", "ftp://127.0.0.1", "http://", "http://h:port", "http://h:99999"),
        *("http://h/metrics", "http://user:s3cret@h"),
    ],
)
def test_a_bad_url_is_refused_without_being_repeated(url: str) -> None:
    asked = healthy(f"--url={url}")
    assert (asked.status, asked.out) == (2, "")
    assert asked.err == (
        "matomo-archive-exporter: --url: takes http://HOST:PORT or https://HOST:PORT\n"
    )


@pytest.mark.parametrize("url", ["http://host.invalid:1", f"http://{'x' * 70}:1"])
def test_a_host_that_does_not_exist_is_not_healthy(url: str) -> None:
    asked = healthy(f"--url={url}")
    assert (asked.status, len(asked.out.splitlines()), asked.err) == (1, 1, "")


def test_a_web_config_file_that_is_missing_is_bad_configuration() -> None:
    asked = healthy("--web.config.file=/nowhere/web.yml")
    assert asked.status == 2
    assert asked.err.startswith("matomo-archive-exporter: --web.config.file: ")


def test_no_option_of_a_database_is_needed_or_looked_at() -> None:
    asked = healthy("--url=http://127.0.0.1:1", MATOMO_DATABASE_PASSWORD_FILE="/nowhere")
    assert (asked.status, asked.err) == (1, "")
