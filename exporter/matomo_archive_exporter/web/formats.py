"""Render families to bytes once per reading, and choose the format that a client wants."""

import gzip
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from prometheus_client import generate_latest
from prometheus_client.core import Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.openmetrics import exposition as openmetrics

Format = Literal["text", "openmetrics"]

CONTENT_TYPES: Mapping[Format, str] = {
    "text": CONTENT_TYPE_PLAIN_0_0_4,
    "openmetrics": "application/openmetrics-text; version=1.0.0; charset=utf-8",
}
_GZIP_LEVEL = 6
_OPENMETRICS_VERSIONS = ("", "0.0.1", "1.0.0")


@dataclass(frozen=True, slots=True)
class Families:
    """Families with the method that the renderers call."""

    families: tuple[Metric, ...]

    def collect(self) -> Iterable[Metric]:
        return self.families


@dataclass(frozen=True, slots=True)
class Page:
    """The metrics at one moment in every format, valid until `expires` (monotonic)."""

    bodies: Mapping[Format, bytes]
    gzipped: Mapping[Format, bytes]
    expires: float


def render_text(families: Iterable[Metric]) -> bytes:
    """Text format 0.0.4."""
    return generate_latest(Families(tuple(families)))


def render(families: Iterable[Metric], expires: float) -> Page:
    together = Families(tuple(families))
    bodies: dict[Format, bytes] = {
        "text": generate_latest(together),
        "openmetrics": openmetrics.generate_latest(together),  # type: ignore[no-untyped-call]
    }
    gzipped = {name: gzip.compress(body, _GZIP_LEVEL, mtime=0) for name, body in bodies.items()}
    return Page(bodies, gzipped, expires)


@lru_cache(maxsize=64)
def negotiate(accept: str) -> Format:
    """The format for an Accept header: text, unless OpenMetrics has at least its quality."""
    qualities: dict[Format, float] = {"text": 0.0, "openmetrics": 0.0}
    for media, named in _entries(accept):
        if media == "application/openmetrics-text":
            if named.get("version", "") in _OPENMETRICS_VERSIONS:
                qualities["openmetrics"] = max(qualities["openmetrics"], _quality(named))
        elif media in ("text/plain", "text/*", "*/*"):
            qualities["text"] = max(qualities["text"], _quality(named))
    return (
        "openmetrics"
        if qualities["openmetrics"] > 0 and qualities["openmetrics"] >= qualities["text"]
        else "text"
    )


@lru_cache(maxsize=64)
def preferred(accept: str) -> str:
    """The media type that an Accept header prefers: HTML, text or JSON; HTML when all are equal."""
    qualities = dict.fromkeys(("text/html", "text/plain", "application/json"), 0.0)
    for media, named in _entries(accept):
        if media in qualities:
            qualities[media] = max(qualities[media], _quality(named))
    return max(qualities, key=lambda media: qualities[media])


@lru_cache(maxsize=64)
def accepts_gzip(accept_encoding: str) -> bool:
    """Whether an Accept-Encoding header allows gzip; `gzip` counts before `*`."""
    qualities = {coding: _quality(named) for coding, named in _entries(accept_encoding)}
    return qualities.get("gzip", qualities.get("*", 0.0)) > 0


def _entries(header: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The entries of a header with their parameters, in lower case."""
    for entry in header.lower().split(","):
        value, *parameters = (part.strip() for part in entry.split(";"))
        yield value, dict(part.split("=", 1) for part in parameters if "=" in part)


def _quality(parameters: Mapping[str, str]) -> float:
    try:
        return float(parameters.get("q", "1"))
    except ValueError:
        return 0.0
