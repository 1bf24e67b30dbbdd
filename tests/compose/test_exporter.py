"""The exporter of compose.yaml: its variables are real options, and match the other services."""

from pathlib import PurePath

import pytest

from matomo_archive_exporter.settings.loader import all_options
from matomo_archive_exporter.settings.sources import MEMORY_LIMIT_FALLBACK
from tests.support.compose import project, usual
from tests.support.settings import load_settings

SHARED = (
    MEMORY_LIMIT_FALLBACK,
    "MATOMO_ARCHIVER_CONCURRENT_REQUESTS",
    "MATOMO_ARCHIVER_MAX_ARCHIVES_TO_PROCESS",
    "MATOMO_ARCHIVER_LOG_FILE",
)
MEGABYTE = 1024 * 1024


def test_every_variable_is_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    given = usual().environment("exporter")
    options = {option.variable for option in all_options()} | {MEMORY_LIMIT_FALLBACK}
    assert set(given) - options == set()
    assert load_settings(monkeypatch, **given).warnings == ()


def test_the_archivers_variables_are_the_exporters_too() -> None:
    changed = project(PHP_MEMORY_LIMIT="1G", CONCURRENT_REQUESTS="1", MAX_ARCHIVES_TO_PROCESS="400")
    for given in (usual(), changed):
        archiver, exporter = given.environment("archiver"), given.environment("exporter")
        assert {name: archiver[name] for name in SHARED} == {
            name: exporter[name] for name in SHARED
        }


def test_it_counts_on_what_php_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    usual_one = load_settings(monkeypatch, **usual().environment("exporter")).settings
    assert usual_one.archiver.memory_limit == 256 * MEGABYTE  # that of Matomo's image
    given = project(PHP_MEMORY_LIMIT="1G", CONCURRENT_REQUESTS="1", MAX_ARCHIVES_TO_PROCESS="400")
    changed = load_settings(monkeypatch, **given.environment("exporter")).settings
    assert changed.archiver.memory_limit == 1024 * MEGABYTE
    assert changed.archiver.concurrent_requests == 1
    assert changed.archiver.max_archives_to_process == 400


def test_it_follows_the_log_that_the_archiver_writes() -> None:
    log = PurePath(usual().environment("exporter")["MATOMO_ARCHIVER_LOG_FILE"])
    sees = {
        name: [
            (each.source, each.is_read_only) for each in mounts if each.target == str(log.parent)
        ]
        for name in ("archiver", "exporter")
        for mounts in [usual().mounts(name)]
    }
    assert sees == {"archiver": [("archiver-log", False)], "exporter": [("archiver-log", True)]}


def test_it_looks_where_matomo_has_its_tables() -> None:
    places = ("HOST", "DBNAME", "TABLES_PREFIX", "ADAPTER")
    matomo, exporter = usual().environment("matomo"), usual().environment("exporter")
    for place in places:
        assert matomo[f"MATOMO_DATABASE_{place}"] == exporter[f"MATOMO_DATABASE_{place}"]
    database = usual().environment("database")
    assert exporter["MATOMO_DATABASE_HOST"] in usual().services
    assert exporter["MATOMO_DATABASE_DBNAME"] == database["MARIADB_DATABASE"]
    assert matomo["MATOMO_DATABASE_USERNAME"] == database["MARIADB_USER"]


def test_it_is_not_matomos_own_account() -> None:
    assert usual().environment("exporter")["MATOMO_DATABASE_USERNAME"] == "exporter"


def test_the_files_of_passwords_are_where_they_are_mounted() -> None:
    for name in ("database", "matomo", "exporter"):
        targets = {mount.target for mount in usual().mounts(name)}
        files = [
            PurePath(value)
            for variable, value in usual().environment(name).items()
            if variable.endswith("_PASSWORD_FILE")
        ]
        assert files
        assert {str(path.parent) for path in files} <= targets
