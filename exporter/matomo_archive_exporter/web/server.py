"""The HTTP server: uvicorn with httptools, until a signal asks it to stop."""

import asyncio
import signal
import socket
from collections.abc import Sequence

import uvicorn

from matomo_archive_exporter.web.app import App

_KEEP_ALIVE = 120
"""Seconds an idle connection is kept: longer than any usual scrape interval."""
_SHUTDOWN = 1


def serve(app: App, sockets: Sequence[socket.socket]) -> None:
    """Serve until SIGTERM or SIGINT; requests in flight are answered."""
    config = uvicorn.Config(
        app,
        interface="asgi3",
        loop="asyncio",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=_SHUTDOWN,
    )
    server = uvicorn.Server(config)
    # uvicorn listens to signals while it serves, and raises them again once it has stopped. Before
    # and after, they are to mean the same, not to end the process on the spot.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, server.handle_exit)
    asyncio.run(server.serve(sockets=list(sockets)))
