"""The same class of HTTP server, serving constant bytes: the baseline for an application.

python -m benchmarks.constant PORT < body
"""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from matomo_archive_exporter.demo.private_server import free_port
from matomo_archive_exporter.settings.values import ListenAddress
from matomo_archive_exporter.web.access.web_config_watcher import WebConfigWatcher
from matomo_archive_exporter.web.serving.listen import listen
from matomo_archive_exporter.web.serving.server import serve


@contextmanager
def constant_server(body: bytes) -> Iterator[str]:
    """Its address, while it runs in a process of its own."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.constant", str(port)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(body)
    process.stdin.close()
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}/metrics"
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    for _ in range(500):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.02)
    raise TimeoutError(f"no server listens on port {port}")


def main() -> None:
    """Serve what standard input holds."""
    body = sys.stdin.buffer.read()
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
    start = {"type": "http.response.start", "status": 200, "headers": headers}
    end = {"type": "http.response.body", "body": body}

    async def app(
        scope: dict[str, Any], receive: object, send: Callable[[object], Awaitable[None]]
    ) -> None:
        await send(start)
        await send(end)

    sockets = listen((ListenAddress("127.0.0.1", int(sys.argv[1])),))
    serve(app, sockets, WebConfigWatcher(None), (signal.SIGTERM,))  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
