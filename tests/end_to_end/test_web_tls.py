"""`serve` with a certificate: the section `tls_server_config` of the web config file, and headers.

test_web_config_refused.py tests which files are refused.
"""

import http.client
import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import Database
from tests.support.process import Exporter, wait_until
from tests.support.running import EVERY_HOUR, PASSWORD_VARIABLE
from tests.support.scrape import fetch
from tests.support.web_config import WebConfig, client_certificates

HEADERS = {
    "Content-Security-Policy": "default-src 'self'",
    "X-Frame-Options": "deny",
    "X-Content-Type-Options": "nosniff",
    "X-XSS-Protection": "1; mode=block",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> WebConfig:
    """A file with a certificate and all headers that may be sent."""
    folder = tmp_path_factory.mktemp("web")
    return WebConfig.make(folder, http_server_config={"http2": True, "headers": HEADERS})


@pytest.fixture(scope="module")
def secure(matomo: Database, web: WebConfig) -> Iterator[Exporter]:
    """An exporter with that file, named by a path relative to where it was started."""
    flag = f"--web.config.file={os.path.relpath(web.path)}"
    with serving(matomo, flag, web) as running:
        running.wait_for(lambda page: page.up)
        yield running


def serving(database: Database, flag: str, web: WebConfig) -> Exporter:
    arguments = (*database.flags, EVERY_HOUR, flag)
    return Exporter(*arguments, variables=PASSWORD_VARIABLE, tls=web.client())


def test_the_log_says_where_it_listens_with_https(secure: Exporter) -> None:
    (line,) = [line for line in secure.output.splitlines() if "msg=listening" in line]
    assert f"url=https://127.0.0.1:{secure.port}/metrics" in line


def test_the_landing_page_links_to_this_server_with_either_scheme(secure: Exporter) -> None:
    page = secure.get("/").text
    assert 'href="/metrics"' in page
    assert "http://127.0.0.1" not in page


def test_the_whole_certificate_chain_may_be_in_the_file(secure: Exporter, web: WebConfig) -> None:
    with secure.connect() as kept:
        own = ssl.DER_cert_to_PEM_cert(kept.certificate)
    assert own.strip() in (web.path.parent / "server.pem").read_text()


@pytest.mark.parametrize("path", ["/metrics", "/-/healthy"])
def test_nothing_is_served_in_plain_text(secure: Exporter, path: str) -> None:
    with pytest.raises((http.client.HTTPException, OSError)):
        fetch(f"http://127.0.0.1:{secure.port}{path}")


def test_http_1_1_is_spoken_with_clients_that_would_rather_have_http2(
    secure: Exporter, web: WebConfig
) -> None:
    context = web.client()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        closing(socket.create_connection(("127.0.0.1", secure.port), 10)) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as encrypted,
    ):
        assert encrypted.selected_alpn_protocol() == "http/1.1"


@pytest.mark.parametrize(
    ("path", "status"), [("/", 200), ("/metrics", 200), ("/-/ready", 200), ("/nowhere", 404)]
)
def test_headers_go_with_every_answer(secure: Exporter, path: str, status: int) -> None:
    response = secure.get(path)
    assert response.status == status
    assert {name: response.headers.get(name.lower()) for name in HEADERS} == HEADERS


def test_certificates_may_be_in_the_file_itself(matomo: Database, tmp_path: Path) -> None:
    web = WebConfig.make(tmp_path)
    names = {"cert": "server.pem", "key": "server-key.pem", "client_ca": "authority.pem"}
    texts = {name: (tmp_path / file).read_text() for name, file in names.items()}
    section = client_certificates() | texts
    for name in ("cert_file", "key_file", "client_ca_file"):
        del section[name]
    web.write(tls_server_config=section)
    known = web.client(web.authority.issue("someone"))
    with serving(matomo, web.flag, web) as running:
        assert running.get("/metrics").status == 403
        assert fetch(f"{running.url}/metrics", tls=known).status == 200


def test_a_demo_takes_the_file_too(web: WebConfig) -> None:
    with Exporter(web.flag, waits=False, command="demo", tls=web.client()) as demo:
        wait_until(lambda: "listening" in demo.output, "it serves")
        assert demo.get("/-/healthy").status == 200
        assert f"https://127.0.0.1:{demo.port}/metrics" in demo.output
        assert "http://127.0.0.1" not in demo.output
