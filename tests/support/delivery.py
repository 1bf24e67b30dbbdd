"""The programs that check what is delivered (helm, hadolint ...), installed when missing."""

import subprocess
from functools import cache
from pathlib import Path

from tests.support.process import REPOSITORY

_INSTALLER = REPOSITORY / "scripts" / "delivery-tools"


@cache
def delivery_tool(name: str) -> Path:
    """Path of a program, looked for once. Raises CalledProcessError when it cannot be installed."""
    subprocess.run([_INSTALLER], check=True)
    return REPOSITORY / ".tools" / "delivery" / "bin" / name
