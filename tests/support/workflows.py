"""The workflows of GitHub Actions, as far as one can read them without GitHub."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml

from tests.support.process import REPOSITORY

FOLDER = REPOSITORY / ".github/workflows"
_USES = re.compile(r"^\s*(?:- )?uses: (?P<what>\S+)(?: # (?P<version>\S+))?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Workflow:
    """One file."""

    name: str
    text: str
    content: Mapping[Any, Any]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Parse a workflow."""
        text = path.read_text(encoding="utf-8")
        return cls(path.name, text, yaml.safe_load(text))

    @property
    def events(self) -> set[str]:
        """The events that start it. YAML takes `on` for a truth value."""
        return set(self.content[True])

    @property
    def jobs(self) -> Mapping[str, Mapping[str, Any]]:
        """Its jobs by name."""
        jobs: Mapping[str, Mapping[str, Any]] = self.content["jobs"]
        return jobs

    @property
    def steps(self) -> Iterator[Mapping[str, Any]]:
        """The steps of all its jobs."""
        for job in self.jobs.values():
            yield from job.get("steps", [])

    @property
    def scripts(self) -> str:
        """Everything that a shell runs."""
        return "\n".join(step["run"] for step in self.steps if "run" in step)

    @property
    def uses(self) -> list[tuple[str, str]]:
        """Every action or workflow that is used, with the comment beside it."""
        found = _USES.findall(self.text)
        assert len(found) == self.text.count("uses:"), f"{self.name}: a `uses:` is not read here"
        return [(what, version) for what, version in found if not what.startswith("./")]

    def rights(self) -> dict[str, set[str]]:
        """The rights of each job beyond reading the repository."""
        return {
            name: {f"{what}: {how}" for what, how in job["permissions"].items()}
            - {"contents: read"}
            for name, job in self.jobs.items()
        }

    def before(self, job: str) -> set[str]:
        """All jobs that have to succeed before one."""
        needs = self.jobs[job].get("needs", [])
        direct = {needs} if isinstance(needs, str) else set(needs)
        return direct.union(*(self.before(name) for name in direct))


def workflows() -> list[Workflow]:
    """All of them."""
    return [Workflow.read(path) for path in sorted(FOLDER.glob("*.y*ml"))]
