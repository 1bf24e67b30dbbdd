"""Prints the messages of grafana/alertmanager/alertmanager.yml: docker compose logs receiver."""

import threading
from typing import Any

from grafana.stack.receiver import Receiver, chat_text

_PORT = 16289  # the port in the example


def _show(path: str, message: dict[str, Any]) -> None:
    """Print a message as a person reads it; skip the pager's JSON, which repeats it."""
    if path != "/webhook":
        print(f"--- to {path.lstrip('/')}\n{chat_text(message)}\n", flush=True)


with Receiver(_PORT, _show):
    print("waiting for messages", flush=True)
    threading.Event().wait()
