"""The HTTP application. It serves bytes and knows nothing about Matomo.

It is plain ASGI, since every response is ready before its request.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from matomo_archive_exporter.web.access.access import Access
from matomo_archive_exporter.web.formats import (
    CONTENT_TYPES,
    Page,
    accepts_gzip,
    negotiate,
    preferred,
)
from matomo_archive_exporter.web.response import HTML, JSON, TEXT, Response, response

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_OPEN = ("/-/healthy", "/-/ready")
"""These need no credentials: health checks have none."""
_MOST_BYTES = 1024
"""of a header that is parsed, which costs far more than to receive it"""


@dataclass(frozen=True, slots=True)
class Site:
    """The content of the application; it calls these at every request."""

    telemetry_path: str
    page: Callable[[], Page]
    is_healthy: Callable[[], bool]
    is_ready: Callable[[], bool]
    landing_page: Callable[[], str]
    advice: Callable[[], "Advice"]
    access: Callable[[], Access] = Access


class Advice(Protocol):
    """The advice in every form."""

    @property
    def html(self) -> bytes: ...
    @property
    def text(self) -> bytes: ...
    @property
    def json(self) -> bytes: ...


class App:
    """Answers GET and HEAD on the paths of a site, for clients with access."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._page: Page | None = None
        self._metrics: dict[tuple[str, bool], Response] = {}
        self._not_found = response(404, TEXT, b"not found\n")
        self._not_allowed = response(405, TEXT, b"GET and HEAD only\n", allow="GET, HEAD")
        self._paths: dict[str, Callable[[Scope], Response]] = {
            "/": lambda _: response(200, HTML, site.landing_page().encode()),
            "/advice": self._advice_response,
            "/-/healthy": lambda _: _yes_or_no(site.is_healthy(), "healthy"),
            "/-/ready": lambda _: _yes_or_no(site.is_ready(), "ready"),
            site.telemetry_path: self._metrics_response,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        access = self._site.access()
        refused = None if scope["path"] in _OPEN else await access.refusal(scope)
        found = refused or self._respond(scope)
        if access.headers:
            found = found.with_headers(access.headers)
        await send(found.start)
        await send(found.body)

    def _respond(self, scope: Scope) -> Response:
        path = self._paths.get(scope["path"])
        if path is None:
            return self._not_found
        if scope["method"] not in ("GET", "HEAD"):
            return self._not_allowed
        return path(scope)

    def _metrics_response(self, scope: Scope) -> Response:
        page = self._site.page()
        if page is not self._page:
            self._metrics = _responses(page)
            self._page = page
        accept, encoding = _header(scope, b"accept"), _header(scope, b"accept-encoding")
        return self._metrics[negotiate(accept), accepts_gzip(encoding)]

    def _advice_response(self, scope: Scope) -> Response:
        advice = self._site.advice()
        match preferred(_header(scope, b"accept")):
            case "text/plain":
                return response(200, TEXT, advice.text, vary="Accept")
            case "application/json":
                return response(200, JSON, advice.json, vary="Accept")
            case _:
                return response(200, HTML, advice.html, vary="Accept")


def _header(scope: Scope, wanted: bytes) -> str:
    """The last header of that name; "" without one."""
    found = [value for name, value in scope["headers"] if name == wanted]
    return _beginning(found[-1]) if found else ""


def _beginning(header: bytes) -> str:
    """The part of a header that is read: whole entries of a list. Real clients send no more."""
    text = header[:_MOST_BYTES].decode("latin-1")
    return text if len(header) <= _MOST_BYTES else text.rpartition(",")[0]


def _responses(page: Page) -> dict[tuple[str, bool], Response]:
    vary, responses = "Accept, Accept-Encoding", dict[tuple[str, bool], Response]()
    for name, kind in CONTENT_TYPES.items():
        body, gzipped = page.bodies[name], page.gzipped[name]
        responses[name, False] = response(200, kind, body, vary=vary)
        responses[name, True] = response(200, kind, gzipped, content_encoding="gzip", vary=vary)
    return responses


def _yes_or_no(yes: bool, word: str) -> Response:
    status, text = (200, word) if yes else (503, f"not {word}")
    return response(status, TEXT, f"{text}\n".encode())
