"""`demo`: a throw-away Matomo database, a simulated archiver, and the exporter."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

from matomo_archive_exporter.commands.serve import leave_on_signals, serve_on, watcher_of
from matomo_archive_exporter.demo import backfill
from matomo_archive_exporter.demo.archive_log import ArchiveLog
from matomo_archive_exporter.demo.archiver import SimulatedArchiver
from matomo_archive_exporter.demo.archiver_process import make_proc
from matomo_archive_exporter.demo.private_server import PrivateServer
from matomo_archive_exporter.demo.server_command import ServerFailed
from matomo_archive_exporter.settings.command_line import PROGRAM, Invocation
from matomo_archive_exporter.settings.options import DatabaseSettings, Group
from matomo_archive_exporter.settings.settings import Settings
from matomo_archive_exporter.settings.sources import SettingsError
from matomo_archive_exporter.settings.table import PREFIX
from matomo_archive_exporter.terminal import remark, show
from matomo_archive_exporter.web.serving.listen import listen, url

_Group = TypeVar("_Group", bound=Group)

_DATABASE, _USER = "matomo", "exporter"
_INTERVAL = 5.0
"""Seconds between readings unless set, so that the metrics visibly change."""
_SITES = 10


def demo(settings: Settings, invocation: Invocation) -> int:
    """Run until SIGTERM or SIGINT, then remove the database."""
    leave_on_signals()
    _forget_variables()
    watcher = watcher_of(settings)
    sockets = listen(settings.web.listen_address)
    try:
        remark("demo: starting a private MariaDB")
        with PrivateServer() as server, tempfile.TemporaryDirectory() as folder:
            _fill(server)
            log = Path(folder) / "archive.log"
            log.touch()
            proc = make_proc(Path(folder) / "proc")
            archiver = SimulatedArchiver(
                lambda: server.connect(_DATABASE),
                log=ArchiveLog(log),
                proc=proc,
                memory_limit=settings.archiver.memory_limit,
                archive_limit=settings.archiver.max_archives_to_process,
            )
            with _at_work(archiver):
                seen = _demo_settings(server, settings, log, proc)
                _show_addresses(
                    server, url(sockets[0], watcher.scheme), settings.web.telemetry_path
                )
                serve_on(sockets, seen, watcher)
    except ServerFailed as error:
        raise SettingsError(str(error)) from None
    return 0


def _forget_variables() -> None:
    """The settings are read, and the programs that the demo starts need no password."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]


def _fill(server: PrivateServer) -> None:
    """Matomo 5.2.0 right after it queued its backfill, and a user who can only read."""
    with closing(server.connect()) as root:
        with root.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {_DATABASE} CHARACTER SET utf8mb4")
            cursor.execute(f"CREATE USER {_USER}@'127.0.0.1'")
            cursor.execute(f"GRANT SELECT ON {_DATABASE}.* TO {_USER}@'127.0.0.1'")
            cursor.execute(f"USE {_DATABASE}")
        backfill.load(root, progress=_show_progress)
    remark("")


@contextmanager
def _at_work(archiver: SimulatedArchiver) -> Iterator[None]:
    archiver.start()
    try:
        yield
    finally:
        archiver.stop()


def _demo_settings(server: PrivateServer, settings: Settings, log: Path, proc: Path) -> Settings:
    """All collectors on, unless set otherwise."""
    return settings.model_copy(
        update={
            "database": DatabaseSettings(port=server.port, username=_USER, dbname=_DATABASE),
            "collect": _filled(settings.collect, interval=_INTERVAL, top_sites=_SITES),
            "archiver": _filled(settings.archiver, log_file=log, proc_path=proc),
        }
    )


def _filled(group: _Group, **values: object) -> _Group:
    """The group, with these values where none are set."""
    missing = {name: value for name, value in values.items() if name not in group.model_fields_set}
    return group.model_copy(update=missing)


def command_name() -> str:
    """The command as it was called: in a clone it is not on the PATH."""
    return sys.argv[0] if sys.argv[0].endswith("matomo-archive-exporter") else PROGRAM


def _show_progress(done: int, total: int) -> None:
    if sys.stderr.isatty() or done == total:
        remark(f"demo: loading Matomo's queue: {done:,} of {total:,} rows", end="\r")


def _show_addresses(server: PrivateServer, base: str, path: str) -> None:
    account = f"--database.port={server.port} --database.username={_USER}"
    advise = f"{command_name()} advise {account}"
    text = f"""
  metrics    {base}{path}
  status     {base}/
  database   127.0.0.1:{server.port}, database {_DATABASE}, user {_USER}, no password

  try        curl -s {base}{path} | grep ^matomo_archive
             {advise}

A simulated archiver works on the queue, so the metrics change. Ctrl-C stops and removes everything.
"""
    show(*text.split("\n"))
