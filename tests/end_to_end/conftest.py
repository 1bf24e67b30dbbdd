"""A database and an exporter that the tests of a file share, since none breaks them."""

from collections.abc import Iterator

import pytest

from tests.conftest import Database
from tests.support.private_server import PrivateServer
from tests.support.process import Exporter
from tests.support.running import EVERY_HOUR, PASSWORD_VARIABLE, matomo_on


@pytest.fixture(scope="module")
def matomo(server: PrivateServer) -> Iterator[Database]:
    """A database with everything in it, on the shared server."""
    with matomo_on(server) as database:
        yield database


@pytest.fixture(scope="module")
def exporter(matomo: Database) -> Iterator[Exporter]:
    """An exporter that has read that database once and does not for another hour."""
    with Exporter(*matomo.flags, EVERY_HOUR, variables=PASSWORD_VARIABLE) as running:
        running.wait_for(lambda page: page.up)
        yield running
