"""The services through crashes, mistakes and drop-ins, under a real systemd."""

import time

from matomo_archive_exporter.demo.private_server import free_port
from tests.support.process import wait_until
from tests.support.serviced import ONCE, PASSWORD_FILE, SERVER, TEXTFILES, TIMER, Serviced


def test_the_server_comes_back_after_a_crash_and_stops_at_once(services: Serviced) -> None:
    machine = services.machine
    services.drop_in("RestartSec=100ms")
    services.start()
    machine.does("systemctl", "kill", "--signal=KILL", SERVER)
    wait_until(lambda: machine.property(SERVER, "NRestarts") == "1", "it is started again")
    wait_until(services.is_ready, "it works again")
    begun = time.monotonic()
    machine.does("systemctl", "stop", SERVER)
    assert time.monotonic() - begun < 5  # it is killed after 10 s
    assert machine.property(SERVER, "Result") == "success"


def test_bad_configuration_is_said_once_and_not_tried_again(services: Serviced) -> None:
    machine = services.machine
    services.drop_in("RestartSec=100ms")
    services.configure("MATOMO_LOG_LEVEL=loud")
    machine.does("systemctl", "daemon-reload")
    machine.does("systemctl", "start", SERVER)
    wait_until(lambda: machine.property(SERVER, "ActiveState") == "failed", "it gives up")
    assert machine.property(SERVER, "ExecMainStatus") == "2"
    assert machine.property(SERVER, "NRestarts") == "0"
    assert "MATOMO_LOG_LEVEL: must be" in machine.log(SERVER)


def test_a_reading_is_written_for_node_exporter(services: Serviced) -> None:
    page = services.written()
    assert page.up == 1
    assert "process_resident_memory_bytes" not in page.names
    path = f"{TEXTFILES}/matomo.prom"
    assert services.machine.does("stat", "--format=%a", path) == "644\n"


def test_a_database_that_is_away_is_written_too_and_fails_no_unit(services: Serviced) -> None:
    services.configure(f"MATOMO_DATABASE_PORT={free_port()}")
    assert services.written().up == 0
    assert services.machine.property(ONCE, "Result") == "success"


def test_the_timer_has_its_next_reading_within_six_minutes(services: Serviced) -> None:
    services.machine.does("systemctl", "start", TIMER)
    following = services.machine.property(TIMER, "NextElapseUSecRealtime")
    at = services.machine.does("date", f"--date={following}", "+%s")
    assert -10 <= int(at) - time.time() <= 360  # it may have elapsed just now


def test_other_processes_are_in_sight_with_the_drop_in_for_it(services: Serviced) -> None:
    services.configure("MATOMO_ARCHIVER_PROC_PATH=/proc")
    assert services.start().errors("processes") != {}
    services.drop_in("ProtectProc=default")
    page = services.start()
    assert page.errors("processes") == {}
    assert "matomo_archive_processes" in page.names


def test_a_login_without_a_password_works_with_the_drop_in_for_it(services: Serviced) -> None:
    name = services.matomo.name
    services.matomo.run("CREATE OR REPLACE USER open@'127.0.0.1'")
    services.matomo.run(f"GRANT SELECT ON {name}.* TO open@'127.0.0.1'")
    services.machine.does("rm", PASSWORD_FILE)
    services.configure("MATOMO_DATABASE_USERNAME=open")
    services.drop_in("LoadCredential=", "UnsetEnvironment=MATOMO_DATABASE_PASSWORD_FILE")
    assert services.start().up == 1
