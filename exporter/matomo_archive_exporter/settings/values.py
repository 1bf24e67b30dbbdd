"""Parsers of values: durations, PHP memory sizes, adapters, addresses.

Each takes text (or a parsed value) and raises ValueError with a sentence on what it accepts. None
repeats the text: it may be a misplaced secret.
"""

import math
import re
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from matomo_archive_exporter.matomo.config.php_memory import is_quantity, limit_of

_DURATION = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?)(?P<unit>ms|s|m|h)?")
_SECONDS = {"ms": 0.001, None: 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}
_LONGEST = 200 * 365 * 86400.0
"""Seconds; Python's locks and sockets can wait for no more than 292 years."""

_BINARY_UNIT = re.compile(r"([0-9]+[KMG])i", re.IGNORECASE | re.ASCII)

_HOST_NAME = re.compile(r"[\w.-]*")
_PORT = re.compile(r"[0-9]{1,5}")
_PREFIX = re.compile(r"[\w.-]*")
_URL_PATH = re.compile(r"/[\w./~-]*\w[\w./~-]*")

_URL = re.compile(r"https?://[\w.-]+(?::[0-9]{1,5})?(?:/[\w.~/-]*)?|https?://\[[0-9a-fA-F:.]+\]\S*")

PDO, MYSQLI = "PDO\\MYSQL", "MYSQLI"
# That of Matomo for WordPress is built on Mysqli.
_ADAPTERS = {
    "pdo\\mysql": PDO,
    "pdo_mysql": PDO,
    "mysql": PDO,
    "mysqli": MYSQLI,
    "wordpress": MYSQLI,
}


def parse_duration(value: object) -> float:
    """Seconds of "500ms", "30s", "5m", "1h" or a plain number of seconds; more than zero.

    More than 200 years are 200 years.
    """
    match = _DURATION.fullmatch(str(value).strip())
    seconds = float(match["number"]) * _SECONDS[match["unit"]] if match else math.nan
    if not 0 < seconds < math.inf:
        raise ValueError("takes a duration above zero such as 500ms, 30s, 5m or 1h")
    return min(seconds, _LONGEST)


def parse_time_limit(value: object) -> float:
    """Seconds as `parse_duration` reads them; 0 of any unit for no limit."""
    match = _DURATION.fullmatch(str(value).strip())
    return 0.0 if match and float(match["number"]) == 0 else parse_duration(value)


def parse_memory(value: object) -> int | None:
    """Bytes of a memory_limit ("256M", also "256Mi"); None for no limit."""
    text = "-1" if value is None else str(value).strip()
    binary = _BINARY_UNIT.fullmatch(text)
    if binary is None and text and not is_quantity(text):
        raise ValueError("takes a PHP memory size such as 256M or 2G, or -1 for no limit")
    return limit_of(text if binary is None else binary[1])


def parse_url(value: object) -> str:
    """An address of a web page, without its last slash; "" for none. A login in it is refused."""
    text = str(value).strip()
    if text and not _URL.fullmatch(text):
        raise ValueError("takes an address such as https://host:port/path, without a login")
    return text.rstrip("/")


def parse_adapter(value: object) -> str:
    """Matomo's name of a database adapter, from any of the spellings in use, in any case."""
    adapter = _ADAPTERS.get(str(value).strip().lower())
    if adapter is None:
        raise ValueError("takes PDO\\MYSQL (also PDO_MYSQL or mysql) or MYSQLI")
    return adapter


def parse_host(value: object) -> str:
    """A host name, or an address without the brackets around it."""
    text = str(value)
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    if not _is_host(text):
        raise ValueError(
            "takes a host name, an address, host:port, [address]:port, /socket or host:/socket;"
            " login and database have their own options"
        )
    return text


def split_host(text: str) -> dict[str, str]:
    """Host, port and unix_socket of a text that Matomo's installer takes as a host.

    That is a name, an address, host:port, /socket or host:/socket. Any other text counts as the
    host, and its check refuses it.
    """
    before, slash, rest = text.partition("/")
    if slash:
        is_socket = before in ("", ":") or (before.endswith(":") and _is_host(before.strip("[:]")))
        is_address = text[len(before) :].startswith("//") or ":" in rest or "@" in rest
        return {"unix_socket": slash + rest} if is_socket and not is_address else {"host": text}
    host, _, port = text.rpartition(":")
    is_host = host and (":" not in host or (host.startswith("[") and host.endswith("]")))
    if is_host and _PORT.fullmatch(port) and 0 < int(port) <= 65535:
        return {"host": host, "port": port}
    return {"host": text}


def parse_prefix(value: object) -> str:
    """A prefix of table names, which may be empty."""
    text = str(value)
    if not _PREFIX.fullmatch(text):
        raise ValueError("takes letters, digits and the characters _ - .")
    return text


def parse_url_path(value: object) -> str:
    """A path of a page."""
    text = str(value)
    if not _URL_PATH.fullmatch(text):
        raise ValueError("takes a path such as /metrics, of letters, digits and / _ . ~ -")
    return text


def _is_host(text: str) -> bool:
    if _HOST_NAME.fullmatch(text):
        return True
    with suppress(ValueError):
        return bool(ip_address(text))
    return False


def parse_username(value: object) -> str:
    """A user name. A name that looks like a login is refused: it may hold the password."""
    text = str(value)
    if any(character in text for character in ":/;="):
        raise ValueError("takes a user name alone; the password has its own option")
    return text


def parse_dbname(value: object) -> str:
    """A database name. A name that looks like a URL is refused: it may hold the password."""
    text = str(value)
    if any(character in text for character in ":/;=?@"):
        raise ValueError(
            "takes a database name alone; host, user and password have their own options"
        )
    return text


def parse_socket(value: object) -> Path:
    """An absolute path. A relative one, or one that looks like a URL, may hold a password."""
    text = str(value)
    if not text.startswith("/") or any(character in text for character in ":@"):
        raise ValueError("takes the absolute path of a socket")
    return Path(text)


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """An address to listen on; an empty host means every address of the machine."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_listen_address(value: object) -> ListenAddress:
    """The address in ":16286", "host:port" or "[::1]:port"."""
    if isinstance(value, ListenAddress):
        return value
    host, colon, port = str(value).strip().rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    name = host[1:-1] if bracketed else host
    is_a_port = colon and _PORT.fullmatch(port) and int(port) <= 65535
    if not is_a_port or not _is_host(name):
        raise ValueError("takes host:port, [address]:port or :port")
    if ":" in host and not bracketed:
        raise ValueError("takes an IPv6 address in brackets, such as [::1]:16286")
    return ListenAddress(name, int(port))


def parse_listen_addresses(value: object) -> tuple[ListenAddress, ...]:
    """Several addresses: a sequence, or text with commas between them; at least one."""
    parts = value.split(",") if isinstance(value, str) else list(value)  # type: ignore[call-overload]
    if not parts:
        raise ValueError("takes at least one address")
    return tuple(parse_listen_address(part) for part in parts)


def path_for_errors(path: Path) -> str:
    """The path and a colon; nothing for a relative one, which may be a misplaced secret."""
    return f"{printable(str(path))}: " if path.is_absolute() else ""


def printable(text: str) -> str:
    """The text on one line, in characters that every output takes."""
    return text if text.isprintable() else text.encode("unicode_escape").decode()
