"""docs/several.md: a second service beside the first, by the commands of the page."""

from collections.abc import Iterator

import pytest

from matomo_archive_exporter.demo.private_server import free_port
from tests.conftest import PASSWORD
from tests.support.doc_commands import DOCS, under
from tests.support.machine import Machine
from tests.support.process import wait_until
from tests.support.scrape import fetch
from tests.support.serviced import ENVIRONMENT, PASSWORD_FILE, SERVER, Serviced

MAKE, START = under("Add a second systemd service", DOCS / "several.md")
SECOND = "matomo-archive-exporter-shop"


@pytest.fixture
def machine(services: Serviced) -> Iterator[Machine]:
    """One with the first service at work, as it was before at the end."""
    services.start()
    yield services.machine
    services.machine.run("systemctl", "disable", "--now", SECOND)
    services.machine.does("rm", "-rf", f"/etc/{SECOND}", f"/etc/systemd/system/{SECOND}.service")
    services.machine.does("systemctl", "daemon-reload")


def answers(port: int) -> bool:
    try:
        return "\nmatomo_up 1.0\n" in fetch(f"http://127.0.0.1:{port}/metrics").text
    except OSError:
        return False


def test_a_second_service_reads_its_own_files(machine: Machine, services: Serviced) -> None:
    made = machine.run("bash", "-euc", f"cd /srv\n{MAKE.code}", given=f"{PASSWORD}\n")
    assert made.status == 0, made.err
    port = free_port()
    environment = machine.does("cat", ENVIRONMENT).replace(str(services.port), str(port))
    machine.write(ENVIRONMENT.replace("exporter/", "exporter-shop/"), environment, mode="0640")
    machine.does("rm", PASSWORD_FILE)  # the first one's: it has read it
    started = machine.run("bash", "-euc", START.code)
    assert started.status == 0, started.err
    wait_until(lambda: answers(port), "the second one serves")
    assert answers(services.port)
    assert machine.property(SERVER, "ActiveState") == "active"
