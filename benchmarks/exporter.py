"""The exporter as a process, to be timed from outside."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

_HOST = "127.0.0.1"
_PATIENCE = 600.0
_TICKS = os.sysconf("SC_CLK_TCK")


class Exporter:
    """`serve` on a loopback port, as a context manager."""

    def __init__(self, port: int, *options: str) -> None:
        self.port = port
        self.url = f"http://{_HOST}:{port}/metrics"
        command = [sys.executable, "-m", "matomo_archive_exporter", "serve"]
        listen = f"--web.listen-address={_HOST}:{port}"
        self._begun = time.monotonic()
        self._process = subprocess.Popen([*command, listen, *options], stderr=subprocess.DEVNULL)

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def wait_for_data(self) -> float:
        """Seconds from the start of the process to a scrape with matomo_up 1."""
        return self._wait_for(lambda: b"\nmatomo_up 1" in self.scrape())

    def wait_for_all(self) -> float:
        """Seconds from the start of the process to the end of the first reading."""
        return self._wait_for(lambda: self._ask("/-/ready") == b"ready\n")

    def scrape(self) -> bytes:
        """One scrape on a connection of its own."""
        return self._ask("/metrics")

    def _wait_for(self, condition: Callable[[], bool]) -> float:
        while time.monotonic() - self._begun < _PATIENCE:
            with suppress(OSError, http.client.HTTPException):
                if condition():
                    return time.monotonic() - self._begun
            time.sleep(0.005)
        raise TimeoutError(f"no data after {_PATIENCE} s")

    def _ask(self, path: str) -> bytes:
        connection = http.client.HTTPConnection(_HOST, self.port, timeout=10)
        connection.request("GET", path)
        body = connection.getresponse().read()
        connection.close()
        return body

    def cpu_seconds(self) -> float:
        """User and system time so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def resident_mib(self) -> float:
        """Resident memory now."""
        for line in Path(f"/proc/{self._process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise ProcessLookupError("the exporter has ended")

    def stop(self) -> float:
        """SIGTERM; seconds until the process has ended."""
        begun = time.monotonic()
        self._process.terminate()
        self._process.wait()
        return time.monotonic() - begun
