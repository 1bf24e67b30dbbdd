"""Alerts from end to end on this machine: the demo, Prometheus, Alertmanager, and their messages.

    python -m grafana.stack [OPTION ...]

Options are those of the demo, such as --archiver.max-archives-to-process=3000.
"""

import os
import signal
import sys
import tempfile
import textwrap
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any

from grafana.stack.monitoring import TOOLS, Watch, alertmanager, prometheus
from grafana.stack.receiver import Receiver, chat_text
from grafana.stack.server import NotStarted, Server

EXPORTER, PROMETHEUS, ALERTMANAGER = "127.0.0.1:16286", "127.0.0.1:16287", "127.0.0.1:16288"
RECEIVER_PORT = 16289
LIMIT = "256M"  # what Matomo's container image gives PHP
# Short waits, so that a page comes and goes within two minutes.
QUICK = {
    "memoryPredictedFor": "45s",
    "runDyingFor": "15s",
    "diedFor": "30s",
    "keepFiringFor": "20s",
}
HURRY = {"group_interval: 5m": "group_interval: 20s", "group_wait: 2m": "group_wait: 15s"}


def main(options: Sequence[str]) -> int:
    """Run until Ctrl-C, then remove everything. Exit status 1 if something did not start."""
    signal.signal(signal.SIGTERM, _leave)
    try:
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            servers = _start(stack, Path(folder), options)
            _explain()
            _watch(servers)
    except (KeyboardInterrupt, SystemExit):
        return 0
    except (NotStarted, OSError) as error:
        print(f"stack: {error}", file=sys.stderr)
        return 1
    return 0


def _start(stack: ExitStack, folder: Path, options: Sequence[str]) -> list[Server]:
    print("stack: starting the demo, Prometheus and Alertmanager", file=sys.stderr, flush=True)
    stack.enter_context(Receiver(RECEIVER_PORT, _show))
    demo: tuple[str | Path, ...] = (
        Path(sys.executable).with_name("matomo-archive-exporter"),
        "demo",
        f"--web.listen-address={EXPORTER}",
        f"--archiver.memory-limit={LIMIT}",
        *options,
    )
    watch = Watch({"matomo": [EXPORTER]}, "5s", QUICK)
    servers = [
        Server(demo, f"http://{EXPORTER}", "/-/healthy", folder / "demo.log"),
        alertmanager(folder, ALERTMANAGER, HURRY),
        prometheus(folder, PROMETHEUS, watch, ALERTMANAGER),
    ]
    return [stack.enter_context(server) for server in servers]


def _watch(servers: Sequence[Server]) -> None:
    """Wait until one of them ends by itself. Raises NotStarted then."""
    while True:
        for server in servers:
            if not server.runs:
                raise NotStarted(f"{server.name} has ended; its last line: {server.output[-1:]}")
        time.sleep(1)


def _explain() -> None:
    amtool = os.path.relpath(TOOLS / "amtool")
    print(
        f"""
  metrics       http://{EXPORTER}/metrics
  Prometheus    http://{PROMETHEUS}  (API)
  Alertmanager  http://{ALERTMANAGER}  (API)

  alerts        {amtool} --alertmanager.url=http://{ALERTMANAGER} alert
  dashboards    grafana/dashboards/*.json, for a Grafana with that Prometheus as data source

This Matomo has 256 MB for core:archive and the 5.2.0 backfill of 700 sites. Within two minutes a
page appears below: the run will die, and when. Follow its advice:
http://{EXPORTER}/advice shows the process to kill. The next run is limited and survives.
Ctrl-C stops everything and removes its data.
""",
        flush=True,
    )


def _show(path: str, message: dict[str, Any]) -> None:
    """Print a message as a person reads it; skip the pager's JSON."""
    if path == "/webhook":
        return
    lines = chat_text(message).splitlines()
    print(f"--- {datetime.now().astimezone():%H:%M:%S}, to {path.lstrip('/')} " + "-" * 60)
    for line in lines:
        print(textwrap.fill(line, 96, break_long_words=False, break_on_hyphens=False))
    print(flush=True)


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
