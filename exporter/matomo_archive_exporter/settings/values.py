"""The notations users write values in: durations, PHP memory sizes, adapters, addresses.

Each parser takes text (or a value already parsed) and raises ValueError with a sentence that says
what is accepted. None of them repeats what was written: it may be a misplaced secret.
"""

import math
import re
from dataclasses import dataclass
from pathlib import Path

_DURATION = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>ms|s|m|h)?")
_SECONDS = {"ms": 0.001, None: 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}

_MEMORY = re.compile(r"(?P<number>\d+)(?P<unit>[KMG]i?)?", re.IGNORECASE)
_BYTES = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}

PDO, MYSQLI = "PDO\\MYSQL", "MYSQLI"
_ADAPTERS = {"pdo\\mysql": PDO, "pdo_mysql": PDO, "mysql": PDO, "mysqli": MYSQLI}


def parse_duration(value: object) -> float:
    """Seconds of "500ms", "30s", "5m", "1h" or a plain number of seconds; more than zero."""
    match = _DURATION.fullmatch(str(value).strip())
    seconds = float(match["number"]) * _SECONDS[match["unit"]] if match else math.nan
    if not 0 < seconds < math.inf:
        raise ValueError("takes a duration above zero such as 500ms, 30s, 5m or 1h")
    return seconds


def parse_memory(value: object) -> int | None:
    """Bytes of a PHP memory_limit ("256M", also "256Mi"); None for -1, which PHP takes as no limit.

    PHP counts K, M and G in powers of 1024.
    """
    text = str(value).strip()
    if text == "-1" or value is None:
        return None
    match = _MEMORY.fullmatch(text)
    size = int(match["number"]) * _BYTES[(match["unit"] or "").lower()[:1]] if match else 0
    if size <= 0:
        raise ValueError("takes a PHP memory size such as 256M or 2G, or -1 for no limit")
    return size


def parse_adapter(value: object) -> str:
    """Matomo's name of a database adapter, from any of the spellings in use, in any case."""
    adapter = _ADAPTERS.get(str(value).strip().lower())
    if adapter is None:
        raise ValueError("takes PDO\\MYSQL (also PDO_MYSQL or mysql) or MYSQLI")
    return adapter


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """Where to listen; an empty host means every address of the machine."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_listen_address(value: object) -> ListenAddress:
    """One of ":16286", "host:port" and "[::1]:port"."""
    if isinstance(value, ListenAddress):
        return value
    host, colon, port = str(value).strip().rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError("takes host:port, [address]:port or :port")
    if ":" in host and not bracketed:
        raise ValueError("takes an IPv6 address in brackets, such as [::1]:16286")
    return ListenAddress(host[1:-1] if bracketed else host, int(port))


def parse_listen_addresses(value: object) -> tuple[ListenAddress, ...]:
    """Several addresses: a sequence, or text with commas between them; at least one."""
    parts = value.split(",") if isinstance(value, str) else list(value)  # type: ignore[call-overload]
    if not parts:
        raise ValueError("takes at least one address")
    return tuple(parse_listen_address(part) for part in parts)


def path_for_errors(path: Path) -> str:
    """The path and a colon, or nothing: what is not absolute may be a secret in the wrong place."""
    return f"{path}: " if path.is_absolute() else ""
