"""Golden files: what a text was when somebody last looked at it and found it right."""

import os
from pathlib import Path

GOLDEN = Path(__file__).parents[1] / "golden"


def assert_golden(name: str, text: str) -> None:
    """Compare with the file of this name; write it anew where UPDATE_GOLDEN=1 is set."""
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"{path} differs: `make golden` writes it anew"
