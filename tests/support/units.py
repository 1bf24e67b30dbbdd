"""Unit files of systemd, and what systemd makes of them."""

import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.support.process import REPOSITORY

FOLDER = REPOSITORY / "systemd"
SERVICES = ("matomo-archive-exporter.service", "matomo-archive-exporter-once.service")
TIMERS = ("matomo-archive-exporter-once.timer",)
PROGRAM = Path("/opt/matomo-archive-exporter/bin/matomo-archive-exporter")


@dataclass(frozen=True, slots=True)
class Unit:
    """The settings of a unit file in order; some names come more than once."""

    name: str
    settings: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls, name: str) -> Self:
        """A unit of the repository, by its file name."""
        lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
        pairs = (line.partition("=") for line in lines if re.match(r"\w+=", line))
        return cls(name, tuple((key, value) for key, _, value in pairs))

    def all(self, key: str) -> list[str]:
        """Every value of a setting."""
        return [value for name, value in self.settings if name == key]

    def one(self, key: str) -> str:
        """The value of a setting that is there once."""
        (value,) = self.all(key)
        return value

    @property
    def command(self) -> list[str]:
        """The command line without its program."""
        program, *arguments = shlex.split(self.one("ExecStart"))
        assert program == str(PROGRAM)
        return arguments


def systemd_analyze(*arguments: object) -> str:
    """All that it says, on both streams."""
    assert shutil.which("systemd-analyze"), "it is missing; scripts/systemd-image installs it"
    done = subprocess.run(
        ["systemd-analyze", *map(str, arguments)],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=30,
    )
    return done.stdout


def exposure(path: Path) -> float:
    """How much of the machine the service could reach: 0 is nothing, 10 everything."""
    output = systemd_analyze("security", "--offline=true", "--no-pager", path)
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", output)
    assert found, output
    return float(found[1])
