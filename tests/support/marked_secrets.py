"""Secrets with a mark in them, each way of giving one, and where the mark was found."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

MARK = "Xq7Vw2Jd"
"""in every secret, and in nothing else; what looks for it finds its encodings too"""
USER, PASSWORD = "secretive", f"pass'{MARK}\"word"
WRONG = f"wrong {MARK}"
_PREFIX = 'tables_prefix = "matomo_"'
_ENCODED = (MARK, MARK.encode().hex(), MARK[::-1])


@dataclass(frozen=True, slots=True)
class Given:
    """Arguments and variables that give a secret."""

    arguments: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


WAYS = ("variable", "file", "variable with a file", "flag", "config.ini.php")


def password(way: str, secret: str, folder: Path) -> Given:
    """Give the database's password that way."""
    file = folder / "password"
    file.write_text(secret, encoding="utf-8")
    ini = config_ini(folder, f'password = "{escaped(secret)}"')
    return {
        "variable": Given(variables={"MATOMO_DATABASE_PASSWORD": secret}),
        "file": Given((f"--database.password-file={file}",)),
        "variable with a file": Given(variables={"MATOMO_DATABASE_PASSWORD_FILE": str(file)}),
        "flag": Given((f"--database.password={secret}",)),
        "config.ini.php": Given((f"--config-ini={ini}",)),
    }[way]


def escaped(secret: str) -> str:
    """As Matomo writes it into config.ini.php."""
    return secret.replace("&", "&amp;").replace('"', "&quot;")


def config_ini(folder: Path, line: str) -> Path:
    """A config.ini.php with that line at the end of its section [database]."""
    path = folder / "config.ini.php"
    path.write_text(f"; <?php exit; ?>\n[database]\n{_PREFIX}\n{line}\n", encoding="utf-8")
    return path


def finds(*texts: str | bytes) -> list[str]:
    """The texts that hold the mark."""
    decoded = [text.decode(errors="replace") if isinstance(text, bytes) else text for text in texts]
    return [text for text in decoded if any(mark in text for mark in _ENCODED)]


def environments(pids: Iterable[int]) -> list[bytes]:
    """The command lines and environments of these processes."""
    return [
        Path(f"/proc/{pid}/{what}").read_bytes() for pid in pids for what in ("cmdline", "environ")
    ]


def descendants(pid: int) -> set[int]:
    """The processes that a process started, and those that they did."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
            except (FileNotFoundError, ProcessLookupError):
                continue
            parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}
