"""Runs as table option shows them, with odd values."""

from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import Database
from tests.support.accounts import account
from tests.support.figures import Figures, read, target_of
from tests.support.numbers import numbers
from tests.support.recordings import Table, insert

STARTED, COMPLETED = "LastFullArchivingStartTime", "LastCompletedFullArchiving"
SITES = "SharedSiteIdsToArchive_AllWebsites"
SAMPLES = Path(__file__).parents[1] / "samples"

LAST_STARTED = "matomo_archive_last_run_started_timestamp_seconds"
LAST_COMPLETED = "matomo_archive_last_run_completed_timestamp_seconds"
DURATION = "matomo_archive_last_run_duration_seconds"
REMAINING = "matomo_archive_sites_remaining"
PENDING = "matomo_archive_pending_rearchivings"
REMEMBERED = "matomo_archive_remembered_invalidations"


def set_options(database: Database, options: dict[str, str]) -> None:
    rows = tuple(options.items())
    insert(database.connection, "matomo_option", Table(("option_name", "option_value"), rows))


def figures_with(database: Database, **options: str) -> Figures:
    set_options(database, options)
    return read(target_of(database.settings))


def test_an_installation_that_never_archived_has_no_times_and_zeros(matomo: Database) -> None:
    figures = figures_with(matomo, version_core="5.2.0")
    for name in (LAST_STARTED, LAST_COMPLETED, DURATION):
        assert name not in figures
    assert [figures.one(name) for name in (REMAINING, PENDING, REMEMBERED)] == [0, 0, 0]
    assert figures.success("runs")


def test_a_run_that_ended_has_a_duration(matomo: Database) -> None:
    options = {STARTED: "1795400000", COMPLETED: "1795400123"}
    figures = figures_with(matomo, **options)
    assert figures.one(LAST_STARTED) == 1_795_400_000
    assert figures.one(LAST_COMPLETED) == 1_795_400_123
    assert figures.one(DURATION) == 123


@pytest.mark.parametrize(
    "garbage", ["", "0", "-5", "soon", "1.5", "1795400000 ", "١٢٣", "1" * 400, "\x00", "😀"]
)
def test_a_time_that_is_none_is_left_out_and_nothing_else(matomo: Database, garbage: str) -> None:
    figures = figures_with(matomo, **{STARTED: garbage, COMPLETED: "1795400123", SITES: "1,2"})
    assert LAST_STARTED not in figures
    assert DURATION not in figures
    assert figures.one(LAST_COMPLETED) == 1_795_400_123
    assert figures.one(REMAINING) == 2
    assert figures.errors("runs") == {"bad_data": 1}
    assert not figures.success("runs")
    assert figures.success("queue")


@pytest.mark.parametrize(("sites", "remaining"), [("7", 1), ("12,15,16", 3), ("", 0)])
def test_the_sites_of_the_shared_list_remain(matomo: Database, sites: str, remaining: int) -> None:
    assert figures_with(matomo, **{SITES: sites}).one(REMAINING) == remaining


def test_a_list_of_very_many_sites_is_counted(matomo: Database) -> None:
    sites = ",".join(map(str, range(1, 360_547)))
    assert figures_with(matomo, **{SITES: sites}).one(REMAINING) == 360_546


def test_the_list_that_core_archive_does_not_use_is_not_counted(matomo: Database) -> None:
    options = {"SharedSiteIdsToArchive": "1,2,3", f"{SITES}_ResetQueueTime": "1795400000000"}
    assert figures_with(matomo, **options).one(REMAINING) == 0


@pytest.mark.parametrize(
    ("sample", "pending"),
    [
        ("1-hits-backfill", 1),
        ("2-plus-custom-report-with-segment", 2),
        ("5-after-remove-CustomReports.12", 4),  # idSites is an object in some
        ("6-empty", 0),
    ],
)
def test_rearchivings_that_matomo_scheduled_are_counted(
    matomo: Database, sample: str, pending: int
) -> None:
    value = (SAMPLES / f"ReArchiveList-{sample}.bin").read_text(encoding="utf-8")
    assert figures_with(matomo, ReArchiveList=value).one(PENDING) == pending


@pytest.mark.parametrize("value", ["", "b:0;"])
def test_a_list_that_php_takes_for_false_is_empty(matomo: Database, value: str) -> None:
    figures = figures_with(matomo, ReArchiveList=value)
    assert figures.one(PENDING) == 0
    assert figures.success("runs")


@pytest.mark.parametrize("value", ["a:1:{", "nonsense", 'a:1:{i:0;s:3:"{}"";}', "b:1;", "😀"])
def test_a_broken_list_of_rearchivings_leaves_out_its_own_figure_only(
    matomo: Database, value: str
) -> None:
    figures = figures_with(matomo, ReArchiveList=value, **{COMPLETED: "1795400123"})
    assert PENDING not in figures
    assert figures.one(LAST_COMPLETED) == 1_795_400_123
    assert figures.one(REMEMBERED) == 0
    assert figures.errors("runs") == {"bad_data": 1}


def serialized(entries: list[str]) -> str:
    """As PHP does it."""
    items = (f'i:{n};s:{len(text.encode())}:"{text}";' for n, text in enumerate(entries))
    return f"a:{len(entries)}:{{{''.join(items)}}}"


def test_a_list_of_five_megabytes_is_counted(matomo: Database) -> None:
    sites = ",".join(str(number) for number in range(1000, 1900))
    entry = f'{{"idSites":[{sites}],"pluginName":"Goals","report":null,"startDate":null}}'
    value = serialized([entry] * 1_100)
    assert len(value) > 5_000_000
    assert figures_with(matomo, ReArchiveList=value).one(PENDING) == 1_100


def test_a_list_beyond_all_measure_is_not_read(matomo: Database) -> None:
    ((before,),) = matomo.run("SELECT @@global.max_allowed_packet")
    matomo.run("SET GLOBAL max_allowed_packet = 64 * 1024 * 1024")
    try:
        with closing(matomo.server.connect(matomo.name)) as root, root.cursor() as cursor:
            value = "REPEAT('x', 16 * 1024 * 1024 + 1)"
            cursor.execute(f"INSERT INTO matomo_option VALUES ('ReArchiveList', {value}, 1)")
        figures = read(target_of(matomo.settings))
    finally:
        matomo.run(f"SET GLOBAL max_allowed_packet = {before}")
    assert PENDING not in figures
    assert figures.one(REMAINING) == 0
    assert figures.errors("runs") == {"bad_data": 1}


def test_a_list_of_text_beyond_ascii_is_counted(matomo: Database) -> None:
    entry = '{"idSites":"all","pluginName":"Größe😀","report":null,"startDate":null}'
    assert figures_with(matomo, ReArchiveList=serialized([entry])).one(PENDING) == 1


def test_remembered_days_count_once_by_site_and_day_in_every_form_of_the_name(
    matomo: Database,
) -> None:
    names = [
        *(
            "aB3x_report_to_invalidate_1_2026-11-20_4711",
            "q0_Z_report_to_invalidate_1_2026-11-20_8",
        ),
        *("report_to_invalidate_1_2026-11-20_4711", "report_to_invalidate_1_2026-11-20"),
        "aB3x_report_to_invalidate_1_2026-11-21_4711",
        "aB3x_report_to_invalidate_11_2026-11-20_4711",
        "report_to_invalidate_2_2026-11-20",
        # not these
        *("aB3x_reportXtoXinvalidate_5_2026-11-20_1", "report_to_invalidate_"),
        *("aB3x_report_to_invalidate_x_2026-11-20_1", "report_to_invalidate_5_yesterday"),
    ]
    figures = figures_with(matomo, **dict.fromkeys(names, "1"))
    assert figures.one(REMEMBERED) == 4
    assert figures.success("runs")


def test_remembered_days_are_found_among_very_many_options(matomo: Database) -> None:
    matomo.run(
        "INSERT INTO matomo_option (option_name, option_value)"
        f" SELECT CONCAT('o', seq), '' FROM {numbers(120_000)}"
    )
    days = {
        f"{letter}_report_to_invalidate_3_2024-12-1{n}_7": "1" for letter in "azo" for n in "01"
    }
    assert figures_with(matomo, **days).one(REMEMBERED) == 2


def test_without_the_grant_the_runs_fail_alone(matomo: Database) -> None:
    with account(matomo, "queue_only") as user:
        user.may_select("matomo_archive_invalidations")
        figures = read(target_of(user.settings))
    assert figures.errors("runs") == {"missing_privilege": 1}
    assert figures.errors("archives") == {"missing_privilege": 1}
    assert figures.success("queue")
    ((_, _, _, version),) = figures["matomo_info"]
    assert version == ""
