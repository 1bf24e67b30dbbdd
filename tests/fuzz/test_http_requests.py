"""A running exporter, and clients that send anything in any pieces."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matomo_archive_exporter.demo.private_server import free_port
from tests.support.process import Exporter, wait_until
from tests.support.raw_http import Response, responses, send_pieces
from tests.support.running import EVERY_HOUR
from tests.support.strategies import cut, joined, spoiled
from tests.support.web_config import ALICE, PASSWORD, users

PATHS = (b"/", b"/metrics", b"/-/healthy", b"/-/ready", b"/nowhere")
LOGIN = b"Basic " + base64.b64encode(f"{ALICE}:{PASSWORD}".encode())
KNOWN_STATUSES = {100, 200, 400, 401, 404, 405, 429}


def request(path: bytes = b"/-/healthy", method: bytes = b"GET", headers: bytes = b"") -> bytes:
    """A good one."""
    return b"%s %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n" % (method, path, headers)


def last(request: bytes) -> bytes:
    """The same, after which the connection is closed."""
    return request[:-2] + b"Connection: close\r\n\r\n"


METHODS = [b"GET", b"HEAD", b"POST", b"PUT", b"OPTIONS", b"CONNECT", b"PRI", b"get", b"G\0T"]
SHREDS = [b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b"\0", b"\xff", b"/", b"?", b"%00", b"%", b"#"]
SHREDS += [b"HTTP/1.1", b"HTTP/1.0", b"HTTP/9.9", b"HTTP/2.0", b"GET / ", b"GET http://h/metrics "]
SHREDS += [b"Host: x\r\n", b"Content-Length: 5\r\n", b"Content-Length: -1\r\n", b"0\r\n\r\n"]
SHREDS += [
    b"Content-Length: " + b"9" * 30 + b"\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"5\r\nabcde",
]
SHREDS += [b"Expect: 100-continue\r\n", b"Connection: close\r\n", b"Connection: Upgrade\r\n"]
SHREDS += [
    b"Upgrade: websocket\r\n",
    b"Upgrade: h2c\r\n",
    b"Accept: ;;;q=x,*/*;q=9\r\n",
    b"a: b\r\n",
]
SHREDS += [b"Accept-Encoding: gzip;q=,\xff\r\n", b"X: " + b"y" * 9000 + b"\r\n", b" folded\r\n"]
SHREDS += [b"Authorization: Basic \r\n", b"Authorization: " + LOGIN + b"\r\n", b"\x16\x03\x01\x02"]
SHREDS += [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", *METHODS]
GOOD = st.builds(request, st.sampled_from(PATHS), st.sampled_from(METHODS[:3]))
REQUESTS = st.binary(max_size=200) | joined(SHREDS) | spoiled(GOOD, SHREDS)
REQUESTS |= st.lists(GOOD | spoiled(GOOD, SHREDS), max_size=20).map(b"".join)

NO_DATABASE = ("--database.username=exporter", EVERY_HOUR)


@pytest.fixture(scope="module")
def exporter() -> Iterator[Exporter]:
    """An exporter without logins; it needs no database here."""
    with Exporter(*NO_DATABASE, f"--database.port={free_port()}") as running:
        yield when_ready(running)


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exporter]:
    """An exporter that only Alice may ask."""
    path: Path = tmp_path_factory.mktemp("web") / "web.yml"
    path.write_text(yaml.safe_dump({"basic_auth_users": users()}))
    flags = (f"--database.port={free_port()}", f"--web.config.file={path}")
    with Exporter(*NO_DATABASE, *flags) as running:
        yield when_ready(running)


def when_ready(exporter: Exporter) -> Exporter:
    """After the first reading, so that its answers do not change any more."""
    wait_until(lambda: exporter.get("/-/ready").status != 503, "a first reading")
    return exporter


def ask(exporter: Exporter, pieces: list[bytes], *, ends: bool = True) -> list[Response]:
    """The answers, all of them sound; and the exporter is as well as before."""
    found = responses(send_pieces(exporter.port, pieces, ends=ends))
    assert {response.status for response in found} <= KNOWN_STATUSES
    assert exporter.process.poll() is None
    output = exporter.output
    assert "Traceback" not in output
    assert "traceback" not in output
    assert "level=error" not in output
    return found


def ask_well(exporter: Exporter, request: bytes) -> Response:
    """The answer to one request."""
    (response,) = ask(exporter, [last(request)], ends=False)
    return response


@given(st.data(), REQUESTS)
def test_anything_is_answered_with_http_or_not_at_all(
    exporter: Exporter, data: st.DataObject, text: bytes
) -> None:
    ask(exporter, data.draw(cut(text)))
    good = ask_well(exporter, request())
    assert (good.status, good.body) == (200, b"healthy\n")


@given(st.data(), st.lists(GOOD, min_size=1, max_size=10))
def test_good_requests_are_answered_one_by_one_in_any_pieces(
    exporter: Exporter, data: st.DataObject, requests: list[bytes]
) -> None:
    pieces = data.draw(cut(last(b"".join(requests))))
    together = [response.status for response in ask(exporter, pieces, ends=False)]
    assert together == [ask_well(exporter, one).status for one in requests]


HEADERS = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"))


@given(st.lists(st.tuples(st.sampled_from(["Accept", "Accept-Encoding", "X"]), HEADERS)))
def test_every_accept_header_gets_the_metrics(
    exporter: Exporter, headers: list[tuple[str, str]]
) -> None:
    lines = b"".join(f"{name}: {value}\r\n".encode("latin-1") for name, value in headers)
    response = ask_well(exporter, request(b"/metrics", headers=lines))
    assert response.status == 200
    assert response.headers[b"content-type"].startswith((b"text/plain", b"application/openmetrics"))
    assert response.body


# With users

CREDENTIALS = spoiled(st.just(LOGIN), [b"=", b" ", b":", b"Basic", b"\xff", b"-", b"A" * 200, b"."])
CREDENTIALS |= st.builds(
    lambda name, text: b"Basic " + base64.b64encode(name + text),
    st.sampled_from([b"", b"alice:", b"alice", b"bob:", b":"]),
    st.binary(max_size=90),
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(CREDENTIALS)
def test_no_credentials_but_the_right_ones_open_the_door(
    closed: Exporter, credentials: bytes
) -> None:
    line = b"Authorization: " + credentials.replace(b"\r", b"").replace(b"\n", b"") + b"\r\n"
    response = ask_well(closed, request(b"/metrics", headers=line))
    if credentials == LOGIN:
        assert response.status == 200
    elif credentials.rstrip(b"= ").split() != LOGIN.split():
        assert response.status in (400, 401)


@given(st.data(), REQUESTS)
def test_without_a_login_no_request_shows_anything(
    closed: Exporter, data: st.DataObject, text: bytes
) -> None:
    for response in ask(closed, data.draw(cut(text.replace(LOGIN, b"")))):
        assert b"matomo" not in response.body
