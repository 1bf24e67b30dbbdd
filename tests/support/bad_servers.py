"""Servers on the database's port that are no database."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Web(BaseHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - as the base has it
        """Log nothing: no test reads it."""


@contextmanager
def web_server() -> Iterator[int]:
    """The port of an HTTP server, which waits for the client to speak first."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Web) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        serving.start()
        yield server.server_port
        server.shutdown()
        serving.join()


@contextmanager
def greeter(*words: bytes, hangs_up: bool) -> Iterator[int]:
    """The port of a server that sends these words to each client, then hangs up or goes silent."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held: list[socket.socket] = []

        def greet() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    held.append(client)
                    with suppress(OSError):
                        client.sendall(b"".join(words))
                    if hangs_up:
                        client.close()

        greeting = threading.Thread(target=greet, daemon=True)
        greeting.start()
        yield int(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)
        greeting.join()
        for client in held:
            client.close()
