"""Advice on the run that is going on."""

from dataclasses import replace

import pytest

from matomo_archive_exporter.matomo.advice.advice import Advice, advise
from matomo_archive_exporter.matomo.runs.current_run import CurrentRun
from matomo_archive_exporter.matomo.runs.run_end import RunEnd
from matomo_archive_exporter.matomo.runs.score import Compared, Score
from tests.support.current_runs import (
    COMPLETED,
    DIES_AT,
    DYING,
    SURVIVING,
    current_run,
    during,
    followed_run,
)
from tests.support.situations import NOW

SCORE = Score(NOW, Compared(1030, 1000), Compared(50, 50), None)


def on(current: CurrentRun | None, **changes: object) -> Advice:
    return advise(during(current, **changes))


def finding(advice: Advice, topic: str) -> str:
    return next((found.text for found in advice.findings if found.topic == topic), "")


def test_it_begins_with_when_and_where_the_run_dies() -> None:
    advice = on(current_run())
    assert advice.current_headline == (
        "RISK: the running core:archive runs out of memory at 12:40 UTC (in 40 minutes),"
        " after 1,204 more archives, at site 84.",
        "It uses 95 MB now (its process holds at most 100 MB). PHP can use 125 MB (memory_limit"
        " 128M).",
    )
    assert (advice.current_verdict, advice.is_risk) == ("dies", True)


def test_a_run_that_survives_is_let_run() -> None:
    advice = on(current_run(SURVIVING, COMPLETED), limit=4096 * 2**20)
    assert advice.current_headline[0] == (
        "OK: the running core:archive fits its memory. It ends at 12:40 UTC (in 40 minutes),"
        " after 3,300 more archives."
    )
    assert "needs 90 MB at its peak" in advice.current_headline[1]
    assert (advice.current_verdict, advice.is_risk) == ("survives", False)
    assert "stop_and_restart" not in {remedy.key for remedy in advice.remedies}


def test_a_limit_that_ends_it_is_named() -> None:
    message = on(current_run(SURVIVING, RunEnd("stopped", DIES_AT, 500))).current_headline[0]
    assert "It reaches its limit of archives or time at 12:40 UTC" in message


def test_without_a_rate_no_time_is_given() -> None:
    message = on(current_run(end=RunEnd("exhausted", None, 1204))).current_headline[0]
    assert "runs out of memory after 1,204 more archives, at site 84." in message


def test_in_an_expansion_it_says_so() -> None:
    dying = replace(DYING, dies_in="expansion", death_site=None)
    advice = on(current_run(dying, RunEnd("exhausted", None, 0)))
    assert "while it expands scheduled re-archivings" in advice.current_headline[0]
    assert advice.remedies[0].key != "stop_and_restart"


def test_the_end_of_a_run_not_simulated_to_its_end_is_unknown() -> None:
    advice = on(current_run(SURVIVING, None))
    assert advice.current_headline[0].startswith("NOT KNOWN whether the running core:archive runs")
    assert (advice.current_verdict, advice.is_risk) == ("unknown", True)


def test_without_a_run_there_is_nothing_to_say_of_it() -> None:
    assert on(CurrentRun(0)).current_headline == ()
    assert on(None).current_run is None


def test_an_unknown_state_of_the_run_is_reported_as_unknown() -> None:
    assert "not known" in finding(on(CurrentRun(None)), "current_run")


def test_the_first_remedy_is_to_stop_it_in_time_and_go_on_with_what_fits() -> None:
    remedy = on(current_run()).remedies[0]
    assert remedy.key == "stop_and_restart"
    assert remedy.title == (
        "Stop the running core:archive before 12:40 UTC, then start a run that fits"
    )
    assert remedy.run[0] == "kill 4711"
    assert remedy.run[-1].startswith("./console core:archive --max-archives-to-process=")
    assert "dies after 1,204 more archives" in remedy.effect
    assert any("again after a day" in note for note in remedy.notes)


def test_since_5_3_its_rows_are_released_by_a_command() -> None:
    remedy = on(current_run(), matomo_version="5.8.0").remedies[0]
    assert remedy.run[1] == "./console core:reset-invalidations"
    assert not any("after a day" in note for note in remedy.notes)


def test_without_its_process_id_there_is_a_place_for_it() -> None:
    signs = replace(followed_run().now, processes=None)
    advice = on(current_run(run=followed_run(now=signs)))
    assert advice.remedies[0].run[0].startswith("kill PID")
    assert "one archiver is assumed" in finding(advice, "not_seen")


def test_the_advice_reports_how_much_of_the_run_was_seen() -> None:
    followed = on(current_run())
    assert finding(followed, "current_run") == (
        "1 core:archive, started 09:40 UTC (2 hours 20 minutes ago); at least 1,500 rows done."
    )
    assert finding(followed, "not_followed") == ""
    late = on(current_run(run=followed_run(began=None)))
    assert "Its start was not seen" in finding(late, "not_followed")


@pytest.mark.parametrize(
    ("archives", "text"),
    [
        (Compared(1030, 1000), "3 % high: 1,030 archives (actual: 1,000), 50 skips (actual: 50)."),
        (Compared(900, 1000), "10 % low: 900 archives (actual: 1,000), 50 skips (actual: 50)."),
        (Compared(1000, 1000), "right: 1,000 archives (actual: 1,000), 50 skips (actual: 50)."),
    ],
)
def test_the_accuracy_of_the_last_forecast_is_reported(archives: Compared, text: str) -> None:
    advice = on(CurrentRun(0, scored=1, score=replace(SCORE, archives=archives)))
    assert finding(advice, "score") == f"The last forecast was {text}"


def test_a_memory_limit_of_its_own_is_shown_with_the_option_for_it() -> None:
    assert finding(on(current_run()), "memory_limit") == ""
    own = on(current_run(memory_limit=4 * 2**30))
    assert finding(own, "memory_limit") == (
        "Its command line sets memory_limit 4G; the forecast of the next run takes 128M. If every"
        " run has the former, set --archiver.memory-limit=4G."
    )
    unlimited = on(current_run(memory_limit=None))
    assert finding(unlimited, "memory_limit").endswith("--archiver.memory-limit=-1.")


def test_figures_for_programs_are_those_of_the_words() -> None:
    figures = on(current_run()).current_run
    assert figures is not None
    assert (figures.outcome, figures.ends, figures.archives) == ("exhausted", DIES_AT, 1204)
    assert (figures.runs, figures.followed, figures.dies_on_site) == (1, True, 84)
