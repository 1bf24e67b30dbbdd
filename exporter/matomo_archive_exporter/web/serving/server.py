"""The HTTP server: uvicorn with httptools behind our own acceptor, until a signal stops it."""

import asyncio
import signal
import socket
from asyncio.sslproto import SSLProtocol
from collections.abc import Iterable, Sequence

import uvicorn

from matomo_archive_exporter.web.access.web_config_watcher import WebConfigWatcher
from matomo_archive_exporter.web.daemon_thread import run_in_daemon_thread
from matomo_archive_exporter.web.serving.acceptor import Acceptor
from matomo_archive_exporter.web.serving.app import App
from matomo_archive_exporter.web.serving.connections import Connection, Connections
from matomo_archive_exporter.web.serving.limits import Limits
from matomo_archive_exporter.web.serving.protocol import HttpProtocol

_GRACE, _GRACE_STEPS = 0.5, 25
"""Seconds for requests in flight when the exporter stops, and the number of checks in it."""
_SWEEP_EVERY = 0.5
"""Seconds between checks of connections."""
_LOOK_EVERY = 1.0
"""Seconds between checks of the web config file."""


class Server(uvicorn.Server):
    """Accepts connections itself, with limits from the first moment, under the access in force."""

    def __init__(self, config: uvicorn.Config, watcher: WebConfigWatcher, limits: Limits) -> None:
        super().__init__(config)
        self._watcher, self._limits = watcher, limits
        self._open = Connections(limits.silent_connections, self._most_connections)
        self._acceptor = Acceptor(self._open, limits, self._make_transport)
        self._tasks: list[asyncio.Task[None]] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept connections from now on."""
        self.servers = []
        for listener in sockets or []:
            self._acceptor.listen(listener)
        tasks = [
            self._end_overdue(),
            *([self._follow_file()] if self._watcher.follows_a_file else []),
        ]
        self._tasks = [asyncio.create_task(task) for task in tasks]
        self.started = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer the open requests, then end."""
        self._acceptor.stop()
        self._watcher.close()
        for task in self._tasks:
            task.cancel()
        await self._finish_requests()
        await super().shutdown(sockets)

    def _close_connections(self) -> None:
        """Close each connection after the response that it waits for."""
        for connection in list(self.server_state.connections):
            connection.shutdown()

    async def _finish_requests(self) -> None:
        self._close_connections()
        for _ in range(_GRACE_STEPS):
            if not self.server_state.connections:
                break
            await asyncio.sleep(_GRACE / _GRACE_STEPS)
        self._open.end_all()

    async def _make_transport(self, connection: Connection) -> asyncio.Transport:
        access, limits = self._watcher.access, self._limits
        http = HttpProtocol(self.config, self.server_state, access, limits, connection)
        try:
            transport, _ = await asyncio.get_running_loop().connect_accepted_socket(
                lambda: http,
                connection.socket,
                ssl=access.tls.context if access.tls else None,
                ssl_handshake_timeout=limits.handshake if access.tls else None,
                ssl_shutdown_timeout=limits.tls_shutdown if access.tls else None,
            )
        except BaseException:
            http.abandon()
            raise
        return transport

    def _most_connections(self) -> int:
        return (
            self._limits.tls_connections if self._watcher.access.tls else self._limits.connections
        )

    async def _end_overdue(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_EVERY)
            self._open.end_overdue(asyncio.get_running_loop().time())

    async def _follow_file(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            access = await run_in_daemon_thread(self._watcher.look)
            if access is self._watcher.access:
                continue
            policy_changed = access.policy != self._watcher.access.policy
            self._watcher.adopt(access)
            if policy_changed:
                self._close_connections()


def serve(
    app: App, sockets: Sequence[socket.socket], watcher: WebConfigWatcher, stopping: Iterable[int]
) -> None:
    """Serve until one of the `stopping` signals, then answer the requests in flight."""
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
        timeout_graceful_shutdown=1,
    )
    server = Server(config, watcher, Limits())
    # asyncio gives each TLS connection a buffer of 256 KiB from its first byte, so clients could
    # fill the memory. Requests are small: a TLS record is enough.
    SSLProtocol.max_size = 16 * 1024
    # uvicorn handles signals while it serves, and raises them again when it has stopped. Before and
    # after, they must not end the process at once.
    for number in stopping:
        signal.signal(number, server.handle_exit)
    asyncio.run(server.serve(sockets=list(sockets)))
