"""Starts the real command as a process of its own, as an operator would."""

import os
import resource
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from matomo_archive_exporter.demo.private_server import free_port
from tests.support.scrape import Connection, Page, Response, fetch

REPOSITORY = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "matomo_archive_exporter")
SOON = 5.0
"""seconds in which a process that is stopped has ended: half of what Docker gives it, and less than
all that it could wait for (idle connections 12.5 s, a statement 30 s, the next reading)"""
_PATIENCE = 60.0  # seconds that anything may take on a busy machine


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that has ended."""

    status: int
    out: str
    err: str


def environment(variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without the exporter's options, then `variables`.

    The variables that coverage needs in the process stay.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("MATOMO_") and name != "PHP_MEMORY_LIMIT"
    }
    sources = {"PYTHONPATH": str(REPOSITORY / "exporter")}
    return kept | sources | dict(variables or {})


def run(*arguments: str, variables: Mapping[str, str] | None = None) -> Finished:
    """Run a command of the exporter to its end."""
    return finish([*COMMAND, *arguments], variables=environment(variables))


def finish(
    command: Sequence[str | Path],
    given: str | None = None,
    *,
    variables: Mapping[str, str] | None = None,
    seconds: float = _PATIENCE,
) -> Finished:
    """Run any program to its end, under all these variables or those of this process."""
    done = subprocess.run(
        command,
        input=given,
        env=variables,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    return Finished(done.returncode, done.stdout, done.stderr)


def wait_until(condition: Callable[[], object], what: str, seconds: float = _PATIENCE) -> float:
    """Seconds until the condition held; fails when that takes longer than `seconds`."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds, f"waited {seconds} s in vain: {what}"
        time.sleep(0.01)
    return time.monotonic() - begun


class Exporter:
    """`serve`, or `demo`, on a port of 127.0.0.1 (a free one), ended with the block it is used in.

    The block begins when it answers, or at once without `waits`. With `tls` it is asked over
    HTTPS, with `login` under that `Authorization`; `files` is the most that it may have open.
    `program` runs it in another way: in a container.
    """

    def __init__(
        self,
        *arguments: str,
        variables: Mapping[str, str] | None = None,
        waits: bool = True,
        command: str = "serve",
        port: int | None = None,
        tls: ssl.SSLContext | None = None,
        login: str = "",
        files: int | None = None,
        program: Sequence[str] = COMMAND,
    ) -> None:
        self.port = port or free_port()
        self.tls, self.login = tls, login
        self._files = files
        self._arguments = (
            *program,
            command,
            f"--web.listen-address=127.0.0.1:{self.port}",
            *arguments,
        )
        self._variables = variables
        self._waits = waits

    def __enter__(self) -> Self:
        self._log = tempfile.NamedTemporaryFile()
        self.process = subprocess.Popen(
            self._arguments,
            env=environment(self._variables),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )
        if self._files:
            limit = (self._files, self._files)
            resource.prlimit(self.process.pid, resource.RLIMIT_NOFILE, limit)
        try:
            wait_until(lambda: not self._waits or self._answers(), "the exporter answers")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if self.process.poll() is None:
                self.stop()
        finally:
            self.process.kill()
            self.process.wait()
            self._log.close()

    @property
    def output(self) -> str:
        """All that it wrote to standard output and standard error."""
        return Path(self._log.name).read_text(encoding="utf-8")

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def get(self, path: str, method: str = "GET", **headers: str) -> Response:
        """Ask for a path; header names take underscores for hyphens."""
        login = {"authorization": self.login} if self.login else {}
        return fetch(f"{self.url}{path}", method, self.tls, **(login | headers))

    @property
    def is_ready(self) -> bool:
        """Whether a first reading was completed."""
        return self.get("/-/ready").status == 200

    def connect(self, tls: ssl.SSLContext | None = None) -> Connection:
        """A connection to be kept, under another context if one is given; asks without a login."""
        return Connection(self.url, tls or self.tls)

    def scrape(self) -> Page:
        """The metrics now."""
        return Page.of(self.get("/metrics").text)

    def wait_for(
        self,
        condition: Callable[[Page], object],
        seconds: float = _PATIENCE,
        *,
        when_ready: bool = True,
    ) -> Page:
        """The first page that meets the condition; those before it is ready do not count."""
        found: list[Page] = []

        def meets() -> bool:
            counts = not when_ready or self.is_ready
            found[:] = [self.scrape()]
            return bool(counts and condition(found[0]))

        wait_until(meets, "the page is as it should be", seconds)
        return found[0]

    def stop(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Its exit status, and the seconds from the signal to its end."""
        begun = time.monotonic()
        self.process.send_signal(how)
        return self.process.wait(_PATIENCE), time.monotonic() - begun

    def _answers(self) -> bool:
        assert self.process.poll() is None, f"the exporter ended: {self.output}"
        try:
            self.get("/-/ready")
        except OSError:
            return False
        return True
