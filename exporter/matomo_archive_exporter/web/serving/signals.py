"""Signals that ask the exporter to stop."""

import signal
from typing import Final

STOPPING: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
