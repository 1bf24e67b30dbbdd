"""`serve`: read in the background, serve HTTP."""

import logging
import signal
import socket
import sys
import time

from matomo_archive_exporter import __version__
from matomo_archive_exporter.page import Pages
from matomo_archive_exporter.readings.connection import DRIVER
from matomo_archive_exporter.refresh import ReadingLoop
from matomo_archive_exporter.settings.command_line import Invocation
from matomo_archive_exporter.settings.settings import Settings
from matomo_archive_exporter.settings.sources import SettingsError
from matomo_archive_exporter.target import Target
from matomo_archive_exporter.web.landing import landing_page
from matomo_archive_exporter.web.listen import ListenError, listen, url

log = logging.getLogger(__name__)

_STOP_SECONDS = 0.6


def serve(settings: Settings, invocation: Invocation) -> int:
    """Until SIGTERM or SIGINT."""
    serve_on(listening_sockets(settings), settings)
    return 0


def listening_sockets(settings: Settings) -> list[socket.socket]:
    """Sockets on the addresses asked for. Raises SettingsError when one cannot be had."""
    try:
        return listen(settings.web.listen_address)
    except ListenError as error:
        raise SettingsError(str(error)) from None


def serve_on(sockets: list[socket.socket], settings: Settings) -> None:
    """Read one database and serve it on these sockets until a signal comes."""
    leave_on_signals()
    target = Target(settings)
    pages = Pages(target)
    loop = ReadingLoop(target, pages.publish)
    loop.start()
    try:
        _say_where(sockets, settings.web.telemetry_path)
        _serve_http(target, pages, loop, sockets)
    finally:
        loop.stop(_STOP_SECONDS)
        target.close()
        log.info("stopped")


def leave_on_signals() -> None:
    """Leave in order on a signal that comes before the HTTP server listens to them."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))


def _say_where(sockets: list[socket.socket], path: str) -> None:
    for opened in sockets:
        fields = {"url": url(opened) + path, "version": __version__, "driver": DRIVER}
        log.info("listening", extra={"fields": fields})


def _serve_http(
    target: Target, pages: Pages, loop: ReadingLoop, sockets: list[socket.socket]
) -> None:
    # Imported while the first reading is under way, which waits for the database.
    from matomo_archive_exporter.web.app import App, Site
    from matomo_archive_exporter.web.server import serve

    path = target.settings.web.telemetry_path
    site = Site(
        telemetry_path=path,
        page=pages.current,
        is_healthy=lambda: loop.is_healthy,
        is_ready=lambda: target.has_been_read,
        landing_page=lambda: landing_page(target.states(time.monotonic()), path),
    )
    serve(App(site), sockets)
