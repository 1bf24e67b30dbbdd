"""Start a program that serves HTTP, and wait until it is ready."""

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
    """A program did not start; the text has its name and its last line."""


class Server:
    """A program that runs within a block.

    `url` is its address, `ready` the path that answers 200 once it serves, `log` the file for its
    output. Raises NotStarted.
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
        """The name of the program."""
        return Path(self._command[0]).name

    @property
    def output(self) -> list[str]:
        """The lines of its output."""
        return self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()

    @property
    def runs(self) -> bool:
        """True until it ends by itself."""
        return self.process.poll() is None

    def _wait(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while self.process.poll() is None and time.monotonic() < deadline:
            if _answers(self.url + self._ready):
                return
            time.sleep(0.05)
        last = self.output[-1] if self.output else "nothing"
        raise NotStarted(f"{self.name} did not start; its last line: {last}")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1):  # noqa: S310 - addresses of our own
            return True
    except (urllib.error.URLError, OSError):
        return False
