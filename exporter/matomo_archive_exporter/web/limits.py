"""How long, and how many: what nobody may exceed, whoever they are. In seconds where not said."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """One more than any of these allows is closed; together they end any connection that does
    nothing useful within 15 seconds.
    """

    first_byte: float = 5.0
    """From accepting a connection to the first byte of a request, or of a TLS handshake."""
    handshake: float = 5.0
    """For a TLS handshake, from its first byte."""
    head: float = 8.0
    """For the head of a request, from its first byte, however steadily it trickles in."""
    idle: float = 12.5
    """From an answer to the next request. Between the usual scrape intervals of 10 and 15 s, so
    that no scrape meets a connection that is just being closed."""
    unread: float = 10.0
    """For a client to take what was sent."""
    goodbye: float = 1.0
    """For the end of TLS."""
    head_bytes: int = 64 * 1024
    """Of the head of a request."""
    pipelined: int = 16
    """Requests of one connection that wait for the answer to an earlier one."""
    connections: int = 512
    """Of all together; room for them and all else in the usual 1,024 file descriptors."""
    tls_connections: int = 128
    """Of those that speak TLS: each has a buffer of 256 KiB in Python's asyncio."""
