"""compose.yaml as a whole: valid, pinned, closed to the network, without a password."""

import re
import subprocess
from pathlib import Path

import pytest

from matomo_archive_exporter import __version__
from tests.support.compose import FILE, usual
from tests.support.process import REPOSITORY

SERVICES = (
    *("prepare", "database", "matomo", "archiver", "exporter"),
    *("prometheus", "alertmanager", "receiver", "grafana"),
)
ONCE = "prepare"
RANDOM_ROOT = '"1" # unused: compose/database.sql restricts root to the socket'
FILES = (
    FILE,
    *(REPOSITORY / "compose").iterdir(),
    *(REPOSITORY / "grafana" / "provisioning").rglob("*.yml"),
)


def test_it_is_what_the_compose_specification_allows() -> None:
    assert set(usual().services) == set(SERVICES)


def test_every_variable_that_may_be_set_has_a_default() -> None:
    assert set(re.findall(r"\$\{(\w+)", FILE.read_text(encoding="utf-8"))) == set(
        re.findall(r"\$\{(\w+):-[^}]+}", FILE.read_text(encoding="utf-8"))
    )


def test_every_image_is_pinned_by_a_full_version_and_by_its_registry() -> None:
    pinned = re.compile(r"[a-z]+\.[a-z]+/[\w./-]+:v?\d+\.\d+\.\d+(-[a-z]+)?")
    images = {name: service["image"] for name, service in usual().services.items()}
    assert {name: image for name, image in images.items() if not pinned.fullmatch(image)} == {}


def test_the_exporter_is_of_this_version_and_is_built_not_pulled() -> None:
    for name in ("exporter", "receiver"):
        service = usual().services[name]
        assert service["image"].endswith(f"matomo-archive-exporter:{__version__}")
        assert service["build"] == {"context": str(REPOSITORY), "dockerfile": "Dockerfile"}
        # The name is still unclaimed, and a stranger who claims it must not get the password.
        assert service["pull_policy"] == "build"


def test_ports_are_open_to_this_machine_alone() -> None:
    ports = {
        (port["host_ip"], port["published"])
        for service in usual().services.values()
        for port in service.get("ports", [])
    }
    assert ports == {("127.0.0.1", port) for port in ("8080", "16286", "9090", "9093", "3000")}


def test_every_file_that_is_mounted_exists_and_cannot_be_written() -> None:
    command = ["git", "-c", "safe.directory=*", "ls-files", "-co", "--exclude-standard"]
    listed = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True)
    tracked = [REPOSITORY / name for name in listed.stdout.splitlines()]
    mounts = [mount for name in SERVICES for mount in usual().mounts(name) if not mount.is_volume]
    assert len(mounts) > 8
    for mount in mounts:
        assert mount.is_read_only, mount
        assert any(path.is_relative_to(mount.source) for path in tracked), mount


def test_every_named_volume_is_mounted() -> None:
    mounts = [mount for name in SERVICES for mount in usual().mounts(name) if mount.is_volume]
    assert {mount.source for mount in mounts} == set(usual().model["volumes"])


def test_nothing_may_gain_privileges_and_all_comes_back_after_a_restart() -> None:
    for name, service in usual().services.items():
        assert service["security_opt"] == ["no-new-privileges"], name
        assert service["restart"] == ("no" if name == ONCE else "unless-stopped"), name
        assert "privileged" not in service, name


@pytest.mark.parametrize("name", ["exporter", "receiver"])
def test_the_exporters_image_runs_locked_up(name: str) -> None:
    service = usual().services[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    dockerfile = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
    assert f"\nUSER {service['user']}\n" in dockerfile


def test_the_exporters_health_check_is_that_of_its_image() -> None:
    assert "healthcheck" not in usual().services["exporter"]
    assert "\nHEALTHCHECK " in (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")


def test_services_start_when_what_they_need_is_healthy() -> None:
    healthy, done = "service_healthy", "service_completed_successfully"
    waits = {
        name: {other: how["condition"] for other, how in service.get("depends_on", {}).items()}
        for name, service in usual().services.items()
    }
    assert waits == {
        "prepare": {},
        "database": {"prepare": done},
        "matomo": {"database": healthy},
        "archiver": {"matomo": healthy},
        "exporter": {"database": healthy},
        "prometheus": {},
        "alertmanager": {},
        "receiver": {"alertmanager": "service_started"},
        "grafana": {"prometheus": healthy},
    }
    awaited = {name for how in waits.values() for name, when in how.items() if when == healthy}
    assert all("test" in usual().services[name]["healthcheck"] for name in awaited)


# Passwords


def test_a_password_is_mounted_where_it_is_needed_and_nowhere_else() -> None:
    seen = {
        volume: {
            (name, mount.is_read_only)
            for name in SERVICES
            for mount in usual().mounts(name)
            if mount.source == volume
        }
        for volume in ("matomo-password", "exporter-password")
    }
    everywhere = {(ONCE, False), ("database", True)}
    assert seen == {
        "matomo-password": everywhere | {("matomo", True)},
        "exporter-password": everywhere | {("exporter", True)},
    }


def test_variables_name_files_of_passwords_and_hold_none() -> None:
    secret = re.compile(r"PASS|SECRET|TOKEN|KEY")
    given = {
        (name, value)
        for service in SERVICES
        for name, value in usual().environment(service).items()
        if secret.search(name)
    }
    assert given == {
        ("MARIADB_RANDOM_ROOT_PASSWORD", "1"),
        ("MARIADB_PASSWORD_FILE", "/run/secrets/matomo/password"),
        ("MATOMO_DATABASE_PASSWORD_FILE", "/run/secrets/matomo/password"),
        ("MATOMO_DATABASE_PASSWORD_FILE", "/run/secrets/exporter/password"),
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_file_holds_a_password(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assigned = re.findall(r"(?i)(?:password|secret|token)\w*[\"']? *[:=] *(\S.*)", text)
    assert {value for value in assigned if not value.startswith(("/run/", "/secrets/"))} <= {
        RANDOM_ROOT
    }
    assert re.findall(r"(?i)identified +by +(?:password +)?['\"]\w", text) == []
