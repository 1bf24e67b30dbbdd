"""Asks an exporter over HTTP, and reads the page of metrics that it answers with."""

import base64
import http.client
import ssl
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP answer; header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body."""
        return self.body.decode()


def basic(name: str, password: str) -> str:
    """The value of an `Authorization` header."""
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


class Connection:
    """One connection to the host of a URL, kept for the block; once closed it stays closed."""

    def __init__(self, url: str, tls: ssl.SSLContext | None = None) -> None:
        place = urlsplit(url)
        host, port = str(place.hostname), place.port
        self._connection = (
            http.client.HTTPSConnection(host, port, timeout=_PATIENCE, context=tls)
            if place.scheme == "https"
            else http.client.HTTPConnection(host, port, timeout=_PATIENCE)
        )

    def __enter__(self) -> Self:
        try:
            self._connection.connect()
        except BaseException:
            self._connection.close()
            raise
        self._connection.auto_open = 0
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def ask(self, path: str, method: str = "GET", **headers: str) -> Response:
        """One request; header names take underscores for hyphens."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request(method, path, headers=names)
        response = self._connection.getresponse()
        received = {name.lower(): value for name, value in response.getheaders()}
        return Response(response.status, received, response.read())

    @property
    def is_open(self) -> bool:
        """Whether it was made, and neither side has closed it as far as we know."""
        return self._connection.sock is not None

    @property
    def certificate(self) -> bytes:
        """The server's, in DER."""
        encrypted = self._connection.sock
        assert isinstance(encrypted, ssl.SSLSocket)
        return encrypted.getpeercert(binary_form=True) or b""


def fetch(
    url: str, method: str = "GET", tls: ssl.SSLContext | None = None, **headers: str
) -> Response:
    """One request on a connection of its own; header names take underscores for hyphens."""
    place = urlsplit(url)
    query = f"?{place.query}" if place.query else ""
    with Connection(url, tls) as connection:
        return connection.ask(f"{place.path}{query}", method, **headers)


@dataclass(frozen=True, slots=True)
class Page:
    """The families on a page in the text format."""

    families: tuple[Metric, ...]

    @classmethod
    def of(cls, text: str) -> Self:
        """Read a page."""
        return cls(tuple(text_string_to_metric_families(text)))

    @property
    def names(self) -> set[str]:
        """The names of all series."""
        return {sample.name for family in self.families for sample in family.samples}

    def values(self, name: str, **labels: str) -> list[float]:
        """The values of all series of that name that have these labels, among others."""
        return [
            sample.value
            for family in self.families
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        ]

    def value(self, name: str, **labels: str) -> float | None:
        """The value of the only such series; None where there is none."""
        found = self.values(name, **labels)
        assert len(found) < 2, f"{name} {labels} names {len(found)} series"
        return found[0] if found else None

    @property
    def up(self) -> float | None:
        """`matomo_up`."""
        return self.value("matomo_up")

    def success(self, collector: str) -> float | None:
        """Whether a collector's last reading was good."""
        return self.value("matomo_archive_exporter_collector_success", collector=collector)

    def errors(self, collector: str) -> dict[str, float]:
        """A collector's errors by reason; reasons that never came up are left out."""
        name = "matomo_archive_exporter_collector_errors_total"
        return {
            sample.labels["reason"]: sample.value
            for family in self.families
            for sample in family.samples
            if sample.name == name and sample.labels["collector"] == collector and sample.value
        }
