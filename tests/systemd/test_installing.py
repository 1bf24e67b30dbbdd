"""docs/install.md, systemd: its commands, on a machine after the first of them."""

from tests.conftest import PASSWORD, USER
from tests.support.doc_commands import under
from tests.support.machine import Machine
from tests.support.process import Finished, wait_until
from tests.support.serviced import ENVIRONMENT, PASSWORD_FILE, SERVER, Serviced

_, SECRET, CHECK, ENABLE = under("Run it as a systemd service")


def shell(machine: Machine, code: str, given: str = "") -> Finished:
    return machine.run("bash", "-euc", code, given=given)


def test_the_files_are_the_administrators_and_the_user_has_no_home(services: Serviced) -> None:
    seen = services.machine.does("stat", "--format=%a %U:%G", "/etc/matomo-archive-exporter")
    assert seen == "755 root:root\n"
    user = services.machine.does("getent", "passwd", "matomo-archive-exporter")
    assert user.endswith(":/usr/sbin/nologin\n")


def test_the_password_that_is_typed_is_for_root_alone(services: Serviced) -> None:
    machine = services.machine
    assert shell(machine, SECRET.code, given="typed\n").status == 0
    assert machine.does("cat", PASSWORD_FILE) == "typed\n"
    assert machine.does("stat", "--format=%a %U", PASSWORD_FILE) == "600 root\n"


def test_the_check_reads_what_the_unit_will_read(services: Serviced) -> None:
    services.configure("# isn't it?", f'MATOMO_DATABASE_USERNAME="{USER}"', "LANG='not an option'")
    checked = shell(services.machine, CHECK.code)
    assert checked.status == 0, checked.out + checked.err
    assert PASSWORD not in checked.out + checked.err


def test_the_check_says_what_is_missing_in_the_files_as_they_come(services: Serviced) -> None:
    shipped = "cp /srv/systemd/matomo-archive-exporter.env"
    checked = shell(services.machine, f"{shipped} {ENVIRONMENT}\n{CHECK.code}")
    assert checked.status == 2
    assert "database.username is missing" in checked.err


def test_it_is_started_now_and_at_the_next_boot(services: Serviced) -> None:
    assert shell(services.machine, ENABLE.code).status == 0
    wait_until(services.is_ready, "it has read the database")
    assert services.machine.does("systemctl", "is-enabled", SERVER) == "enabled\n"


def test_an_upgrade_restarts_it(services: Serviced) -> None:
    services.start()
    before = services.machine.property(SERVER, "MainPID")
    restart = under("Upgrade the exporter")[0].code.splitlines()[-1]
    assert shell(services.machine, restart).status == 0
    wait_until(services.is_ready, "it works again")
    assert services.machine.property(SERVER, "MainPID") != before
