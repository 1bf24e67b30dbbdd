"""`serve`: read the database in the background and serve HTTP."""

import logging
import signal
import socket
import sys
import time
from typing import Final

from matomo_archive_exporter import __version__
from matomo_archive_exporter.collecting.landing import landing_page
from matomo_archive_exporter.collecting.pages import Pages
from matomo_archive_exporter.collecting.refresh import ReadingLoop
from matomo_archive_exporter.collecting.target import Target
from matomo_archive_exporter.readings.database.connection import DRIVER
from matomo_archive_exporter.settings.command_line import Invocation
from matomo_archive_exporter.settings.settings import Settings
from matomo_archive_exporter.settings.sources import SettingsError
from matomo_archive_exporter.settings.values import path_for_errors
from matomo_archive_exporter.web.access.config_faults import WebConfigError
from matomo_archive_exporter.web.access.web_config_watcher import WebConfigWatcher
from matomo_archive_exporter.web.serving.listen import listen, url

log = logging.getLogger(__name__)

_STOP_SECONDS = 0.6
_STOPPING: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
_IGNORED: Final = (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM)
"""Signals that would end the process. The exporter reloads files without a signal."""
_SWITCH_INTERVAL: Final = 0.001
"""Seconds after which a reading lets a scrape continue."""


def serve(settings: Settings, invocation: Invocation) -> int:
    """Serve until SIGTERM, SIGINT or SIGQUIT."""
    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)
    watcher = watcher_of(settings)
    serve_on(listen(settings.web.listen_address), settings, watcher)
    return 0


def watcher_of(settings: Settings) -> WebConfigWatcher:
    """The watcher of the web config file. Raises SettingsError when the file is invalid."""
    path = settings.web.config_file
    try:
        return WebConfigWatcher(path)
    except WebConfigError as error:
        where = path_for_errors(path) if path else ""
        raise SettingsError(f"--web.config.file: {where}{error}") from None


def serve_on(sockets: list[socket.socket], settings: Settings, watcher: WebConfigWatcher) -> None:
    """Read one database and serve it on these sockets until a signal."""
    leave_on_signals()
    sys.setswitchinterval(_SWITCH_INTERVAL)
    target = Target(settings)
    pages = Pages(target)
    loop = ReadingLoop(target, pages.publish)
    loop.start()
    try:
        _log_addresses(sockets, settings.web.telemetry_path, watcher)
        _serve_http(target, pages, loop, sockets, watcher)
    finally:
        loop.stop(_STOP_SECONDS)
        target.close()
        log.info("stopped")


def leave_on_signals() -> None:
    """Exit in order on a signal before the HTTP server handles signals."""
    for number in _STOPPING:
        signal.signal(number, lambda *_: sys.exit(0))


def _log_addresses(sockets: list[socket.socket], path: str, watcher: WebConfigWatcher) -> None:
    for opened in sockets:
        fields = {
            "url": url(opened, watcher.scheme) + path,
            "version": __version__,
            "driver": DRIVER,
        }
        log.info("listening", extra={"fields": fields})


def _serve_http(
    target: Target,
    pages: Pages,
    loop: ReadingLoop,
    sockets: list[socket.socket],
    watcher: WebConfigWatcher,
) -> None:
    # Imported during the first reading, which waits for the database.
    from matomo_archive_exporter.web.serving.app import App, Site
    from matomo_archive_exporter.web.serving.server import serve

    path = target.settings.web.telemetry_path
    site = Site(
        telemetry_path=path,
        page=pages.current,
        is_healthy=lambda: loop.is_healthy,
        is_ready=lambda: loop.has_read,
        landing_page=lambda: landing_page(
            target.states(time.monotonic()), path, pages.advice().verdicts, has_read=loop.has_read
        ),
        advice=pages.advice,
        access=lambda: watcher.access,
    )
    serve(App(site), sockets, watcher, _STOPPING)
