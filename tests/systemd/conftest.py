"""A machine that systemd runs, with the exporter on it and a database beside it."""

from collections.abc import Iterator

import pytest

from matomo_archive_exporter.demo.private_server import free_port
from tests.conftest import Database
from tests.support.machine import Machine
from tests.support.private_server import PrivateServer
from tests.support.running import matomo_on
from tests.support.serviced import TEXTFILES, Serviced


@pytest.fixture(scope="session")
def machine() -> Iterator[Machine]:
    """Booted, with nothing started."""
    with Machine() as machine:
        machine.does("install", "-d", "-m", "0775", "-g", "matomo-archive-exporter", TEXTFILES)
        yield machine


@pytest.fixture(scope="module")
def matomo(server: PrivateServer) -> Iterator[Database]:
    """A database in which every collector finds all in order."""
    with matomo_on(server) as database:
        database.run("DELETE FROM matomo_archive_invalidations WHERE period = 9")
        yield database


@pytest.fixture
def services(machine: Machine, matomo: Database) -> Iterator[Serviced]:
    """The services, configured for that database, before their start."""
    with Serviced(machine, matomo, free_port()) as services:
        yield services
