"""Prints the messages of grafana/alertmanager/alertmanager.yml: docker compose logs receiver."""

import threading
from typing import Any

from grafana.stack.receiver import Receiver, chat_text

_PORT = 16289  # of this machine, as the example has it


def _show(path: str, message: dict[str, Any]) -> None:
    """As a person would read it; the pager's own JSON says the same once more."""
    if path != "/webhook":
        print(f"--- to {path.lstrip('/')}\n{chat_text(message)}\n", flush=True)


with Receiver(_PORT, _show):
    print("waiting for messages", flush=True)
    threading.Event().wait()
