"""Start a program that serves HTTP, and wait until it says that it is ready."""

import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

_PATIENCE = 30.0  # seconds that a start may take on a busy machine
_LEAVE = 5.0  # seconds that it may take to end


class NotStarted(Exception):  # noqa: N818 - a state, as FileNotFound is
    """A program that did not come up; the text says which, and what it said last."""


class Server:
    """A program of our own, from the beginning of a block to its end.

    `url` is where it listens; `ready` the path that answers 200 as soon as it serves; `log` the
    file that takes what it prints. Raises NotStarted.
    """

    def __init__(self, command: Sequence[str | Path], url: str, ready: str, log: Path) -> None:
        self.url = url
        self.log = log
        self._command = [str(part) for part in command]
        self._ready = ready

    def __enter__(self) -> Self:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            self._wait()
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.process.terminate()
        try:
            self.process.wait(_LEAVE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    @property
    def name(self) -> str:
        """That of the program."""
        return Path(self._command[0]).name

    @property
    def output(self) -> list[str]:
        """The lines that it has printed."""
        return self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()

    @property
    def runs(self) -> bool:
        """Whether it has not ended by itself."""
        return self.process.poll() is None

    def _wait(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while self.process.poll() is None and time.monotonic() < deadline:
            if _answers(self.url + self._ready):
                return
            time.sleep(0.05)
        last = self.output[-1] if self.output else "nothing"
        raise NotStarted(f"{self.name} did not start; it said: {last}")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1):  # noqa: S310 - addresses of our own
            return True
    except (urllib.error.URLError, OSError):
        return False
