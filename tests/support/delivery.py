"""The programs that check what is delivered (helm, hadolint ...), installed when missing."""

import subprocess
from pathlib import Path

from tests.support.process import REPOSITORY

_INSTALLER = REPOSITORY / "scripts" / "delivery-tools"


def delivery_tool(name: str) -> Path:
    """Path of a program. Raises CalledProcessError when it cannot be had."""
    subprocess.run([_INSTALLER], check=True)  # quick when they are there
    return REPOSITORY / ".tools" / "delivery" / "bin" / name
