"""The HTTP application, called as an ASGI server calls it."""

import asyncio
import gzip
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from matomo_archive_exporter.metrics.family import gauge
from matomo_archive_exporter.web.formats import Page, render
from matomo_archive_exporter.web.serving.app import App, Site

PAGE = render([gauge("m", "text", 1)], 0)
OPENMETRICS = "application/openmetrics-text"
PATHS = ["/", "/advice", "/metrics", "/-/healthy", "/-/ready"]


@dataclass(frozen=True)
class Said:
    """An advice."""

    html: bytes
    text: bytes
    json: bytes


@dataclass
class Client:
    """Asks an application, and counts how often the application asks for its page."""

    asked: int = 0
    page: Page = PAGE
    app: App = field(init=False)

    def __post_init__(self) -> None:
        self.app = self.serving()

    def serving(self, **changes: Any) -> App:
        """An application whose parts are all well, but for these."""
        site = Site(
            "/metrics",
            self.give_page,
            lambda: True,
            lambda: True,
            lambda: "<p>hello",
            lambda: Said(b"<p>run", b"run", b"{}"),
        )
        self.app = App(replace(site, **changes))
        return self.app

    def give_page(self) -> Page:
        self.asked += 1
        return self.page

    def ask(self, path: str, method: str = "GET", **headers: str) -> "Response":
        """One request; header names take underscores for hyphens."""
        raw = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
        scope = {"type": "http", "method": method, "path": path, "headers": raw}
        sent: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        async def receive() -> None:
            raise AssertionError("a request's body is of no interest")

        asyncio.run(self.app(scope, receive, send))
        start, body = sent
        assert (start["type"], body["type"]) == ("http.response.start", "http.response.body")
        return Response(start["status"], dict(start["headers"]), body["body"])


@dataclass(frozen=True, slots=True)
class Response:
    """The answer."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes


@pytest.fixture
def client() -> Client:
    return Client()


# Advice


@pytest.mark.parametrize(
    ("accept", "content_type", "body"),
    [
        ("", b"text/html; charset=utf-8", b"<p>run"),
        ("*/*", b"text/html; charset=utf-8", b"<p>run"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", b"text/html; charset=utf-8", b"<p>run"),
        ("text/plain", b"text/plain; charset=utf-8", b"run"),
        ("application/json", b"application/json", b"{}"),
        ("application/json;q=0.5, text/plain", b"text/plain; charset=utf-8", b"run"),
    ],
)
def test_advice_comes_as_the_client_likes_it(
    client: Client, accept: str, content_type: bytes, body: bytes
) -> None:
    found = client.ask("/advice", accept=accept)
    assert (found.status, found.body) == (200, body)
    assert (found.headers[b"content-type"], found.headers[b"vary"]) == (content_type, b"Accept")


# Long headers


@pytest.mark.parametrize("name", ["accept", "accept_encoding"])
def test_a_header_of_60_kilobytes_costs_no_more_than_one_of_1(client: Client, name: str) -> None:
    begun = time.process_time()
    for number in range(20):  # each another, so that none is remembered
        assert client.ask("/metrics", **{name: "," * (60_000 + number)}).status == 200
    assert (time.process_time() - begun) / 20 < 0.01


def test_of_a_long_header_only_whole_entries_at_its_beginning_count(client: Client) -> None:
    asked = f"{OPENMETRICS},{'x' * 2000}"
    assert OPENMETRICS.encode() in client.ask("/metrics", accept=asked).headers[b"content-type"]
    asked = f"{'text/html,' * 100}{OPENMETRICS};{'q=1;' * 300}"
    assert b"text/plain" in client.ask("/metrics", accept=asked).headers[b"content-type"]


# Paths


@pytest.mark.parametrize("path", PATHS)
def test_every_path_answers_with_its_length_and_type(client: Client, path: str) -> None:
    found = client.ask(path)
    assert found.status == 200
    assert found.headers[b"content-length"] == str(len(found.body)).encode()
    assert b"charset=utf-8" in found.headers[b"content-type"]


@pytest.mark.parametrize("path", PATHS)
def test_head_has_the_headers_of_get(client: Client, path: str) -> None:
    head, get = client.ask(path, "HEAD"), client.ask(path)
    assert (head.status, head.headers) == (get.status, get.headers)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
@pytest.mark.parametrize("path", PATHS)
def test_other_methods_are_not_allowed(client: Client, path: str, method: str) -> None:
    found = client.ask(path, method)
    assert (found.status, found.headers[b"allow"]) == (405, b"GET, HEAD")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize(
    "path", ["", "/metrics/", "/metric", "/METRICS", "//", "/-/", "/favicon.ico", "/metrics\n"]
)
def test_any_other_path_is_not_found_and_asks_for_nothing(
    client: Client, path: str, method: str
) -> None:
    assert client.ask(path, method).status == 404
    assert client.asked == 0


def test_the_path_of_the_metrics_may_be_another(client: Client) -> None:
    client.serving(telemetry_path="/probe")
    assert client.ask("/probe").body == PAGE.bodies["text"]
    assert client.ask("/metrics").status == 404


# Metrics


def test_metrics_are_text_unless_asked_for_otherwise(client: Client) -> None:
    found = client.ask("/metrics")
    assert found.body == PAGE.bodies["text"]
    assert found.headers[b"content-type"] == b"text/plain; version=0.0.4; charset=utf-8"
    assert b"content-encoding" not in found.headers


def test_metrics_are_openmetrics_for_those_who_accept_them(client: Client) -> None:
    found = client.ask("/metrics", accept=OPENMETRICS)
    assert found.body == PAGE.bodies["openmetrics"]
    assert found.headers[b"content-type"].startswith(OPENMETRICS.encode())


@pytest.mark.parametrize(("accept", "name"), [("text/plain", "text"), (OPENMETRICS, "openmetrics")])
def test_metrics_are_compressed_for_those_who_accept_it(
    client: Client, accept: str, name: str
) -> None:
    found = client.ask("/metrics", accept=accept, accept_encoding="deflate, gzip")
    assert found.headers[b"content-encoding"] == b"gzip"
    assert gzip.decompress(found.body) == PAGE.bodies[name]  # type: ignore[index]


def test_the_vary_header_names_what_the_answer_depends_on(client: Client) -> None:
    assert client.ask("/metrics").headers[b"vary"] == b"Accept, Accept-Encoding"


def test_a_new_page_is_served_from_the_next_request_on(client: Client) -> None:
    client.ask("/metrics")
    client.page = render([gauge("m", "text", 2)], 0)
    assert b"\nm 2.0\n" in client.ask("/metrics").body


def test_the_bytes_that_are_served_are_those_of_the_page(client: Client) -> None:
    assert client.ask("/metrics").body is PAGE.bodies["text"]
    assert client.ask("/metrics").body is PAGE.bodies["text"]


# Health and readiness


@pytest.mark.parametrize(("path", "part"), [("/-/healthy", "is_healthy"), ("/-/ready", "is_ready")])
def test_health_and_readiness_are_two_things(client: Client, path: str, part: str) -> None:
    client.serving(**{part: lambda: False})
    answers = {other: client.ask(other).status for other in PATHS}
    assert answers == {other: 503 if other == path else 200 for other in PATHS}


def test_health_is_checked_for_each_request(client: Client) -> None:
    is_well: Callable[[], bool] = iter([True, False, True]).__next__
    client.serving(is_healthy=is_well)
    answers = [client.ask("/-/healthy") for _ in range(3)]
    assert [found.status for found in answers] == [200, 503, 200]
    assert [found.body for found in answers[:2]] == [b"healthy\n", b"not healthy\n"]


# Landing page


def test_the_landing_page_is_html(client: Client) -> None:
    client.serving(landing_page=lambda: "<p>ü")
    found = client.ask("/")
    assert found.headers[b"content-type"] == b"text/html; charset=utf-8"
    assert found.body == "<p>ü".encode()
