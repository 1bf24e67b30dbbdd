"""Families to bytes: each format rendered and compressed once per reading."""

import gzip
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Families:
    """Families as the renderers want them: something to collect from."""

    families: tuple[Metric, ...]

    def collect(self) -> Iterable[Metric]:
        return self.families


@dataclass(frozen=True, slots=True)
class Page:
    """The metrics at one moment in every format; good until `expires` (monotonic)."""

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
