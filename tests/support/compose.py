"""compose.yaml as the Compose specification's own loader understands it."""

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.support.delivery import delivery_tool
from tests.support.process import REPOSITORY

FILE = REPOSITORY / "compose.yaml"


@dataclass(frozen=True, slots=True)
class Mount:
    """A volume by its name, or a file or folder of the repository, at a place in a container."""

    source: str
    target: str
    is_volume: bool
    is_read_only: bool


@dataclass(frozen=True, slots=True)
class Project:
    """The services of a compose file."""

    model: Mapping[str, Any]

    @property
    def services(self) -> Mapping[str, Mapping[str, Any]]:
        """Each service by its name."""
        return dict(self.model["services"])

    def environment(self, service: str) -> dict[str, str]:
        """The variables that a service is given."""
        return dict(self.services[service].get("environment", {}))

    def mounts(self, service: str) -> list[Mount]:
        """The volumes, files and folders that a service mounts."""
        return [
            Mount(
                each["source"],
                each["target"],
                each["type"] == "volume",
                each.get("read_only", False),
            )
            for each in self.services[service].get("volumes", [])
        ]

    def files_at(self, service: str) -> dict[str, Path]:
        """Files of the repository that a service sees, by their path in the container."""
        return {
            mount.target: Path(mount.source)
            for mount in self.mounts(service)
            if not mount.is_volume
        }


def load(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The loader's output for a file with this text, written in `folder`."""
    file = folder / "compose.yaml"
    file.write_text(text, encoding="utf-8")
    return subprocess.run(
        [delivery_tool("compose-spec"), "-format=json", file],
        cwd=REPOSITORY,  # where relative paths begin
        capture_output=True,
        text=True,
        check=False,
    )


def project(**variables: str) -> Project:
    """The project of compose.yaml under these variables of a shell.

    The loader's program fills in defaults, but does not look at its own environment.
    """
    text = FILE.read_text(encoding="utf-8")
    for name, value in variables.items():
        text, count = re.subn(rf"\$\{{{name}:-[^}}]*}}", value, text)
        assert count == 1, name
    with TemporaryDirectory() as folder:
        loaded = load(text, Path(folder))
    assert loaded.returncode == 0, loaded.stderr
    return Project(json.loads(loaded.stdout))


@cache
def usual() -> Project:
    """The project as it is without any variable."""
    return project()
