"""A copy of the repository for each test."""

from pathlib import Path

import pytest

from tests.support.release import Tree, copy_to


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """An unchanged copy."""
    return copy_to(tmp_path / "tree")
