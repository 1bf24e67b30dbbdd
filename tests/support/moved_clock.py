"""A wall clock that a test moves under a process that runs.

The kernel's clock belongs to all processes. So Python uses another one, set before anything of the
exporter is imported.
"""

import time
from collections.abc import Mapping
from pathlib import Path

from tests.support.process import REPOSITORY

_SITECUSTOMIZE = """
import time
from pathlib import Path

def moved(real, unit, ahead=Path({ahead!r})):
    return lambda: real() + type(real())(float(ahead.read_text()) * unit)

time.time, time.time_ns = moved(time.time, 1), moved(time.time_ns, 10**9)
"""


class MovedClock:
    """Ahead of the true time by so many seconds, for processes with its `variables`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.ahead = 0.0
        self._steps: list[float] = []
        self.step(0.0)
        text = _SITECUSTOMIZE.format(ahead=str(self._file))
        (folder / "sitecustomize.py").write_text(text, encoding="utf-8")

    @property
    def variables(self) -> Mapping[str, str]:
        """Variables that make a Python process use this clock."""
        return {"PYTHONPATH": f"{self._folder}:{REPOSITORY / 'exporter'}"}

    def step(self, seconds: float) -> None:
        """Move it."""
        self.ahead += seconds
        self._steps.append(self.ahead)
        new = self._file.with_suffix(".new")
        new.write_text(str(self.ahead), encoding="utf-8")
        new.replace(self._file)

    def now(self) -> float:
        """What it shows."""
        return time.time() + self.ahead

    def present(self, seen: float) -> float:
        """The present, had it not been moved since it showed `seen`."""
        return min((time.time() + ahead for ahead in self._steps), key=lambda now: abs(now - seen))

    @property
    def _file(self) -> Path:
        return self._folder / "ahead"
