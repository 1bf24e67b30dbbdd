"""Hostile or broken clients, and the connections that a server still holds for them."""

import resource
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_PATIENCE = 20.0
_SMALL = 4096  # the least receive buffer that Linux gives, more or less
_SMALL_SEGMENT = 536  # which makes the other side's send buffer small, too
_SOME = 12  # requests that one may send before the answer to the first
_DEAF = 0.2  # seconds after which the server counts as not reading
_AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER without a wait: an RST instead of a FIN
_ESTABLISHED, _LISTENS = "01", "0A"


@dataclass(frozen=True, slots=True)
class Victim:
    """A server on 127.0.0.1, and how one gets in; `login` is the value of `Authorization`."""

    port: int
    tls: ssl.SSLContext | None = None
    login: str = ""

    def knock(self, receive_buffer: int = 0) -> socket.socket:
        """A TCP connection, with nothing said yet, and buffers as small as one may ask for."""
        made = socket.socket()
        made.settimeout(_PATIENCE)
        if receive_buffer:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, _SMALL_SEGMENT)
        try:
            made.connect(("127.0.0.1", self.port))
        except BaseException:
            made.close()
            raise
        return made

    def enter(self, receive_buffer: int = 0) -> socket.socket:
        """A connection on which HTTP can be spoken."""
        made = self.knock(receive_buffer)
        if self.tls is None:
            return made
        try:
            return self.tls.wrap_socket(made, server_hostname="127.0.0.1")
        except BaseException:
            made.close()
            raise

    def request(self, path: str = "/metrics") -> bytes:
        """A whole GET."""
        login = f"Authorization: {self.login}\r\n" if self.login else ""
        return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{login}\r\n".encode()


Attack = Callable[[Victim], socket.socket]


def nobodys_friend() -> ssl.SSLContext:
    """A client that trusts no authority at all."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def client_hello() -> bytes:
    """What a TLS client says first."""
    outgoing = ssl.MemoryBIO()
    talk = nobodys_friend().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="a.b")
    with suppress(ssl.SSLWantReadError):
        talk.do_handshake()
    return outgoing.read()


def silent(victim: Victim) -> socket.socket:
    """Connects and says nothing."""
    return victim.knock()


def half_hello(victim: Victim) -> socket.socket:
    """Says the first half of a ClientHello."""
    made, hello = victim.knock(), client_hello()
    made.sendall(hello[: len(hello) // 2])
    return made


def entered(victim: Victim) -> socket.socket:
    """Gets as far as HTTP, and says nothing."""
    return victim.enter()


def half_head(victim: Victim) -> socket.socket:
    """Sends the head of a request but for its end, which is in the middle of a value."""
    made = victim.enter()
    made.sendall(victim.request()[:-6])
    return made


def idle(victim: Victim) -> socket.socket:
    """Asks for the health, reads the answer, and stays."""
    made = victim.enter()
    made.sendall(victim.request("/-/healthy"))
    made.recv(1 << 16)
    return made


def endless_body(victim: Victim) -> socket.socket:
    """Asks with a body that is to be long, and sends the beginning of it."""
    made = victim.enter()
    head = victim.request().replace(b"GET", b"POST").removesuffix(b"\r\n")
    made.sendall(head + b"Content-Length: 1000000000\r\n\r\nx")
    return made


def unread(victim: Victim) -> socket.socket:
    """Asks once and does not read the answer."""
    made = victim.enter(_SMALL)
    made.sendall(victim.request())
    return made


def hungry(victim: Victim) -> socket.socket:
    """Asks for more than the buffers on the way hold, and reads nothing."""
    made = victim.enter(_SMALL)
    made.sendall(victim.request() * _SOME)
    return made


def greedy(victim: Victim) -> socket.socket:
    """Sends as many requests as the server accepts, all at once, and reads nothing."""
    made = victim.enter(_SMALL)
    flood(made, victim.request() * 100)
    return made


def flood(client: socket.socket, words: bytes, most: int = 1 << 20) -> int:
    """Repeat it, up to `most` bytes, until the server stops reading; returns how many went."""
    sent = 0
    client.settimeout(_DEAF)
    with suppress(OSError):  # it waits in vain, or the other side has had enough
        while sent < most:
            sent += client.send(words)
    client.settimeout(_PATIENCE)
    return sent


def reset(client: socket.socket) -> None:
    """Break off at once."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    client.close()


def is_ended(client: socket.socket, seconds: float = 5.0) -> bool:
    """Whether the other side closed or broke off; what it said before is thrown away."""
    client.settimeout(seconds)
    try:
        while client.recv(1 << 16):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


def port_of(client: socket.socket) -> int:
    """A client's own port, by which its server knows it."""
    return int(client.getsockname()[1])


def held(pid: int, port: int) -> set[int]:
    """The ports of the clients whose connections to `port` the process has still open, or has not
    yet accepted.
    """
    mine = {_inode(link) for link in Path(f"/proc/{pid}/fd").iterdir()}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
            _, local, remote, state, *_, inode = line.split()[:10]
            is_open = state == _ESTABLISHED or (state != _LISTENS and inode in mine)
            if is_open and _port(local) == port:
                found.add(_port(remote))
    return found


@contextmanager
def many_files(number: int) -> Iterator[None]:
    """This process may have that many open, as far as the machine allows it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = number if hard == resource.RLIM_INFINITY else min(number, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _inode(link: Path) -> str:
    try:
        return str(link.readlink()).removeprefix("socket:[").removesuffix("]")
    except FileNotFoundError:  # closed in the meantime
        return ""


def _port(address: str) -> int:
    return int(address.rpartition(":")[2], 16)
