"""A small receiver of pages: it passes on the messages of Alertmanager."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

Take = Callable[[str, dict[str, Any]], None]
"""called with the path and the JSON of one message at a time"""


class Receiver:
    """Listens on 127.0.0.1:`port` (0: any) within a block. Raises OSError if the port is taken."""

    def __init__(self, port: int, take: Take) -> None:
        lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with lock:
                    take(self.path, json.loads(body))
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")  # as Slack answers

            def log_message(self, *_: object) -> None:
                """Log no requests."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def chat_text(message: dict[str, Any]) -> str:
    """The title and the text of a message in Slack's form."""
    attachments = message.get("attachments", [])
    return "\n".join(f"{each.get('title', '')}\n\n{each.get('text', '')}" for each in attachments)
