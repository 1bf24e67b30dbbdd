"""The report of `check` on the log of core:archive."""

import os
from pathlib import Path

import pytest

from matomo_archive_exporter.check.archiver_log import examine
from tests.support import archiver_logs as logs
from tests.support.archiver_logs import stamped
from tests.support.command_lines import SAMPLES
from tests.support.log_wrappers import WRAPPERS, wrapped

PLAIN = logs.load("log-info-normal")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "archive.log"


def test_a_log_is_understood_in_its_form(path: Path) -> None:
    path.write_bytes(PLAIN)
    found = examine(path)
    assert (found.verdict, found.text) == (
        "ok",
        f"log {path}: 63 of its last 63 lines are understood (Matomo's console output)",
    )


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("docker_json", "Matomo's console output in Docker's json-file"),
        ("cri", "Matomo's console output in a container runtime (CRI)"),
        ("journald", "Matomo's console output in journald or syslog"),
        (
            "compose_of_supercronic",
            "Matomo's console output in logfmt (supercronic) in docker compose logs",
        ),
    ],
)
def test_the_form_names_each_program_it_went_through(path: Path, name: str, form: str) -> None:
    path.write_bytes(wrapped(PLAIN, WRAPPERS[name]))
    found = examine(path)
    assert found.verdict == "ok"
    assert f"({form})" in found.text


@pytest.mark.parametrize(
    ("sample", "form"),
    [
        ("log-19023-filewriter-normal", "Matomo's log file"),
        ("log-matomo-5.0.2-normal", "Matomo's console output without dates"),
    ],
)
def test_the_form_says_how_matomo_wrote_it(path: Path, sample: str, form: str) -> None:
    path.write_bytes((SAMPLES / "public" / f"{sample}.log").read_bytes())
    assert f"({form})" in examine(path).text


def test_only_the_last_thousand_lines_are_looked_at(path: Path) -> None:
    path.write_bytes(b"nothing of ours\n" * 5000 + stamped(b"START") * 990 + b"x\n" * 10)
    assert "990 of its last 1,000 lines" in examine(path).text


def test_a_log_of_which_nothing_is_understood_is_of_no_use(path: Path) -> None:
    path.write_bytes(b"2026-11-27 10:00:05 some other program's line\n" * 12)
    found = examine(path)
    assert (found.verdict, found.collectors) == ("missing", ("log",))
    assert "none of its last 12 lines is understood" in found.text


def test_an_empty_log_is_fine(path: Path) -> None:
    path.touch()
    assert (examine(path).verdict, examine(path).text) == ("ok", f"log {path}: the file is empty")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_refused_by_name(path: Path, encoding: str) -> None:
    path.write_bytes(PLAIN.decode().encode(encoding))
    found = examine(path)
    assert found.verdict == "missing"
    assert "UTF-16" in found.text


def test_of_several_that_a_pattern_matches_the_last_one_is_looked_at(tmp_path: Path) -> None:
    for age, name in enumerate(("new.log", "old.log")):
        (tmp_path / name).write_bytes(stamped(b"Starting Matomo reports archiving..."))
        os.utime(tmp_path / name, (1_000_000 - age, 1_000_000 - age))
    found = examine(tmp_path / "*.log")
    assert (found.verdict, f"log {tmp_path}/new.log: 1 of its last 1" in found.text) == ("ok", True)


def test_a_pattern_that_nothing_matches_is_missing(tmp_path: Path) -> None:
    found = examine(tmp_path / "*.log")
    assert (found.verdict, found.text) == ("missing", f"no log matches {tmp_path}/*.log")
