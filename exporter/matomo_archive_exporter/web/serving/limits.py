"""Limits for every client: times, sizes and numbers."""

from dataclasses import dataclass, field
from typing import Any


def _limit(value: float, meaning: str) -> Any:
    return field(default=value, metadata={"meaning": meaning})


@dataclass(frozen=True, slots=True)
class Limits:
    """Times are in seconds. Together they end a useless connection within 15."""

    first_byte: float = _limit(5.0, "seconds from the connection to its first byte")
    handshake: float = _limit(5.0, "seconds for a TLS handshake, from its first byte")
    first_request: float = _limit(13.0, "seconds from the connection to its first whole request")
    head: float = _limit(8.0, "seconds for the head of a request, from its first byte")
    idle: float = _limit(
        12.5,
        "seconds from a response to the next request: between the usual scrape intervals of 10 and"
        " 15, so that no scrape meets a closing connection",
    )
    write: float = _limit(10.0, "seconds for a client to read a response")
    tls_shutdown: float = _limit(1.0, "seconds for the end of TLS")
    head_bytes: int = _limit(64 * 1024, "bytes of a request that takes more than one read")
    url_bytes: int = _limit(4096, "bytes of the address of a request")
    headers: int = _limit(100, "headers of a request")
    pipelined: int = _limit(16, "requests of one connection that wait for an earlier response")
    silent_connections: int = _limit(256, "connections that have sent nothing yet")
    connections: int = _limit(256, "other connections: all fit in the usual 1,024 file descriptors")
    tls_connections: int = _limit(128, "other connections with TLS, which needs more memory")
