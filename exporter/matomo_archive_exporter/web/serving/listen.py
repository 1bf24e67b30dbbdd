"""Listening sockets."""

import ipaddress
import socket
from collections.abc import Iterable

from matomo_archive_exporter.settings.sources import SettingsError
from matomo_archive_exporter.settings.values import ListenAddress
from matomo_archive_exporter.web.serving.limits import Limits

_BACKLOG = 1024
_WRITE = round(Limits().write * 1000)


def listen(addresses: tuple[ListenAddress, ...]) -> list[socket.socket]:
    """A socket for each address. Raises SettingsError and leaves none open."""
    sockets: list[socket.socket] = []
    try:
        for address in addresses:
            sockets.append(_listen(address, is_dual=_is_dual(address, addresses)))
    except (OSError, UnicodeError) as error:  # the latter for an impossible host name
        for opened in sockets:
            opened.close()
        why = (isinstance(error, OSError) and error.strerror) or "no such address"
        raise SettingsError(f"--web.listen-address: {address}: {why}") from None
    return sockets


def _is_dual(address: ListenAddress, addresses: Iterable[ListenAddress]) -> bool:
    """Whether an address of every interface takes IPv4 and IPv6, as in Go's exporters.

    Beside an IPv4 address with the same port it takes only IPv6.
    """
    if address.host and not _is_every_ipv6(address.host):
        return False
    others = (other.host for other in addresses if other.port == address.port != 0)
    return not any(host and ":" not in host for host in others)


def _is_every_ipv6(host: str) -> bool:
    try:
        return ipaddress.IPv6Address(host).is_unspecified
    except ValueError:
        return False


def _listen(address: ListenAddress, *, is_dual: bool) -> socket.socket:
    family, host = _family(address)
    # Named, so that accepted sockets know they are TCP: asyncio sets TCP_NODELAY only then.
    opened = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(not is_dual))
        # Accepted sockets inherit it: the kernel ends a connection whose client reads nothing.
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _WRITE)
        opened.bind((host, address.port))
        opened.listen(_BACKLOG)
    except OSError:
        opened.close()
        raise
    return opened


def _family(address: ListenAddress) -> tuple[socket.AddressFamily, str]:
    """No host means every address: both families where the machine has IPv6."""
    if not address.host:
        both = socket.has_dualstack_ipv6()
        return (socket.AF_INET6, "::") if both else (socket.AF_INET, "0.0.0.0")  # noqa: S104
    found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    return found[0][0], str(found[0][4][0])


def url(opened: socket.socket, scheme: str) -> str:
    """The URL of a socket for a person on this machine."""
    host, port = opened.getsockname()[:2]
    if host in ("::", "0.0.0.0"):  # noqa: S104
        host = "localhost"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
