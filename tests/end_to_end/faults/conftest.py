"""A database to damage and an exporter that must survive, shared by the tests of a file."""

from collections.abc import Iterator

import pytest

from tests.conftest import Database
from tests.support.invariants import Watch, exporter_of, sane_matomo_on, unharmed
from tests.support.private_server import PrivateServer
from tests.support.process import Exporter


@pytest.fixture(scope="module")
def matomo(server: PrivateServer) -> Iterator[Database]:
    """A database in which all is well."""
    with sane_matomo_on(server) as database:
        yield database


@pytest.fixture(scope="module")
def options() -> tuple[str, ...]:
    """Those of the exporter beside the usual ones; a file may have its own."""
    return ()


@pytest.fixture(scope="module")
def exporter(matomo: Database, options: tuple[str, ...]) -> Iterator[Exporter]:
    """An exporter as the campaign runs it."""
    with exporter_of(matomo, *options) as running:
        yield running


@pytest.fixture
def watch(exporter: Exporter, matomo: Database) -> Iterator[Watch]:
    """An exporter that all is well with, before and after."""
    with unharmed(exporter, matomo) as watch:
        yield watch
