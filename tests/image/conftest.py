"""The files of the image."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.container import Image


@pytest.fixture(scope="session")
def files(image: Image) -> Iterator[Path]:
    """Everything in it, unpacked."""
    with TemporaryDirectory() as folder:
        image.unpack(Path(folder))
        yield Path(folder)
