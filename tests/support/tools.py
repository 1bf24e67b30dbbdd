"""The programs that come with Prometheus, installed when they are missing."""

import subprocess
from pathlib import Path

from tests.support.process import REPOSITORY

_INSTALLER = REPOSITORY / "scripts" / "prometheus-tools"


def prometheus_tool(name: str) -> Path:
    """Path of `prometheus` or `promtool`. Raises CalledProcessError when it cannot be installed."""
    subprocess.run([_INSTALLER], check=True)  # quick when they are there
    return REPOSITORY / ".tools" / "prometheus" / "bin" / name
