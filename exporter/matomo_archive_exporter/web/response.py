"""The response to a request."""

from dataclasses import dataclass, replace
from typing import Any

TEXT = "text/plain; charset=utf-8"
JSON = "application/json"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Response:
    """A status, headers and a body, as ASGI sends them."""

    start: dict[str, Any]
    body: dict[str, Any]

    def with_headers(self, headers: tuple[tuple[bytes, bytes], ...]) -> "Response":
        return replace(self, start={**self.start, "headers": [*self.start["headers"], *headers]})


def response(status: int, content_type: str, body: bytes, **headers: str) -> Response:
    """A response; header names take underscores for hyphens."""
    names = {"content_type": content_type, "content_length": str(len(body)), **headers}
    raw = [(k.replace("_", "-").encode(), v.encode()) for k, v in names.items()]
    return Response(
        {"type": "http.response.start", "status": status, "headers": raw},
        {"type": "http.response.body", "body": body},
    )
