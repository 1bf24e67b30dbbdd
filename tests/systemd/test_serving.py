"""The server under a real systemd, with its restrictions, on a real database."""

from collections.abc import Iterator

import pytest

from matomo_archive_exporter.demo.private_server import free_port
from tests.conftest import PASSWORD, Database
from tests.support.machine import Machine
from tests.support.scrape import Page
from tests.support.serviced import SERVER, Serviced


@pytest.fixture(scope="module")
def page(machine: Machine, matomo: Database) -> Iterator[Page]:
    """Its page, for as long as it runs."""
    with Serviced(machine, matomo, free_port()) as services:
        yield services.start()


def test_it_reads_the_database_with_a_password_that_only_root_can_read(page: Page) -> None:
    assert page.up == 1


def test_every_collector_works(page: Page) -> None:
    assert set(page.values("matomo_archive_exporter_collector_success")) == {1}


def test_it_can_tell_what_it_costs_itself(page: Page) -> None:
    assert {"process_start_time_seconds", "process_resident_memory_bytes"} <= page.names


def test_its_memory_is_far_below_the_limit(page: Page, machine: Machine) -> None:
    limit = int(machine.property(SERVER, "MemoryMax"))
    (resident,) = page.values("process_resident_memory_bytes")
    assert resident * 2 < limit <= resident * 5


@pytest.mark.usefixtures("page")
def test_it_runs_without_rights(machine: Machine) -> None:
    pid = machine.property(SERVER, "MainPID")
    lines = machine.does("cat", f"/proc/{pid}/status").splitlines()
    status = {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
    assert status["CapBnd"] == status["CapEff"] == "0" * 16
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    assert "0" not in status["Uid"].split()


@pytest.mark.usefixtures("page")
def test_the_password_appears_in_neither_log_nor_unit(machine: Machine) -> None:
    assert PASSWORD not in machine.log(SERVER)
    assert PASSWORD not in machine.does("systemctl", "show", SERVER)
