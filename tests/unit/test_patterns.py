"""Regular expressions that every supported Python matches alike."""

import re
from pathlib import Path

EXPORTER = Path(__file__).parents[2] / "exporter"
POSSESSIVE_GROUP = re.compile(r"\)[*+?]\+")


def test_no_group_is_possessive() -> None:
    """Python 3.11.0 to 3.11.4 match those wrongly: on Debian 12 php-fpm was taken for php."""
    files = {path: path.read_text(encoding="utf-8") for path in EXPORTER.rglob("*.py")}
    assert files
    assert not [path.name for path, text in files.items() if POSSESSIVE_GROUP.search(text)]
