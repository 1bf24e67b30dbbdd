"""Matomo's tables, empty, in a database of their own."""

import pytest

from tests.conftest import Database
from tests.support.schemas import create_tables


@pytest.fixture
def matomo(database: Database) -> Database:
    """A database with the tables of a Matomo 5.2.0 that has nothing to do."""
    create_tables(database.connection)
    return database
