"""Advice on processes whose rows hold back others, and how to release those."""

from dataclasses import replace

import pytest

from matomo_archive_exporter.matomo.advice.advice import advise
from matomo_archive_exporter.matomo.advice.situation import Situation
from matomo_archive_exporter.matomo.overlaps.held_back import HeldBack
from matomo_archive_exporter.matomo.queue.owner import Owner
from matomo_archive_exporter.matomo.queue.queue import summarise
from tests.support.situations import HOUR, NOW, finding, group, healthy, keys, ordinary, remedy

WEB = Owner("web-1", "4242")
HELD = HeldBack(WEB, 2, NOW - 3 * HOUR, 5, "2024-12-20 09:00:01", 2)
QUEUE = summarise([ordinary(10), group(2, status=1, oldest_started=NOW - 3 * HOUR)])


def with_held(*held: HeldBack, matomo_version: str = "5.8.0") -> Situation:
    found = healthy(queue=QUEUE, matomo_version=matomo_version)
    return replace(found, held_back=held)


def test_a_process_that_holds_back_rows_is_reported_at_once() -> None:
    assert finding(with_held(replace(HELD, started=NOW)), "holding_back")


def test_it_is_named_with_its_rows_their_age_and_what_waits() -> None:
    assert finding(with_held(HELD), "holding_back") == (
        "Process 4242 on web-1: 2 rows in progress for 3 hours; 5 rows wait for it."
    )


def test_of_many_processes_the_first_five_are_named() -> None:
    many = [replace(HELD, owner=Owner("web-1", str(n))) for n in range(1, 8)]
    text = str(finding(with_held(*many), "holding_back"))
    assert text.count("Process ") == 5
    assert text.endswith("2 other processes hold back 10.")


def test_rows_that_name_no_process_are_reported_without_a_command() -> None:
    unnamed = with_held(replace(HELD, owner=Owner("", "")))
    assert str(finding(unnamed, "holding_back")).startswith("Process unnamed: 2 rows")
    assert "reset_process" not in keys(unnamed)


def test_where_nothing_is_held_back_nothing_is_said() -> None:
    assert finding(with_held(), "holding_back") is None


def test_where_it_is_not_known_who_it_is_said_that_rows_in_progress_do_so() -> None:
    unknown = replace(with_held(), held_back=None)
    assert "hold back larger periods" in str(finding(unknown, "holding_back"))


# What releases them


def test_rows_of_other_processes_that_the_command_resets_too_are_noted() -> None:
    notes = remedy(with_held(replace(HELD, reset=5)), "reset_process").notes
    assert "This includes 3 rows that another process may be working on." in notes


def test_a_process_that_is_gone_needs_no_condition() -> None:
    gone = replace(with_held(HELD), owners_gone=frozenset({WEB}))
    found = remedy(gone, "reset_process")
    assert found.title == "Queue the rows of process 4242 on web-1 again"
    assert found.notes == ("--dry-run only lists them.",)
    assert "Process 4242 on web-1 (gone): " in str(finding(gone, "holding_back"))


def test_the_first_three_processes_get_a_command() -> None:
    many = [replace(HELD, owner=Owner("web-1", str(n))) for n in range(1, 8)]
    assert keys(with_held(*many)).count("reset_process") == 3


@pytest.mark.parametrize("host", ["a b", "x'; rm -rf /", "$(reboot)", '"', "ü"])
def test_a_host_is_quoted_for_the_shell(host: str) -> None:
    held = with_held(replace(HELD, owner=Owner(host, "1")))
    (command,) = remedy(held, "reset_process").run
    quoted = host.replace("'", "'\"'\"'")
    assert f"--processing-host='{quoted}' --older-than=" in command


@pytest.mark.parametrize("process", ["", "x; reboot"])
def test_a_bad_process_id_is_in_no_command(process: str) -> None:
    held = with_held(replace(HELD, owner=Owner("web-1", process)))
    commands = [line for r in advise(held).remedies for line in (*r.run, *r.notes)]
    assert not any("ps -p" in line for line in commands)


@pytest.mark.parametrize(("matomo_version", "can"), [("5.2.2", False), ("5.3.0", True)])
def test_the_command_exists_from_5_3_on(matomo_version: str, can: bool) -> None:
    assert ("reset_process" in keys(with_held(HELD, matomo_version=matomo_version))) is can
