"""The advice: its verdict, and the reasons for it."""

import re
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.advice.advice import advise
from matomo_archive_exporter.matomo.queue.queue import summarise
from matomo_archive_exporter.matomo.simulation.archiving_run import Totals
from matomo_archive_exporter.matomo.simulation.rearchive_list import ReArchiving
from tests.support.situations import (
    HOUR,
    MB,
    NOW,
    PDO,
    SITE,
    all_text,
    finding,
    forecast_of,
    group,
    healthy,
    keys,
    ordinary,
    seven_hundred_sites,
    simulated_whole,
    situation,
    twenty_sites,
)


def test_a_run_that_dies_is_a_risk_and_it_is_said_when_and_where() -> None:
    at_risk = twenty_sites()
    death = forecast_of(at_risk).configured.death
    assert death is not None
    advice = advise(at_risk)
    assert (advice.verdict, advice.is_risk) == ("dies", True)
    assert death.archives == 1_992
    assert advice.headline[0].endswith(
        f" out of memory after 1,992 of 4,800 archives (42 %), at site {death.sites} of 20."
    )


def test_an_empty_queue_is_no_risk() -> None:
    empty = situation([(), ()], summarise([]))
    assert not advise(empty).is_risk
    assert finding(empty, "queue") == "The queue is empty."


def test_a_run_with_little_to_spare_is_no_risk_but_advice_is_given() -> None:
    advice = advise(twenty_sites(limit=480 * MB))
    assert (advice.verdict, advice.is_risk) == ("tight", False)
    assert advice.remedies[0].key == "limit_archives"


def test_where_visits_decide_the_run_may_die() -> None:
    advice = advise(twenty_sites(knows_visits=False))
    assert (advice.verdict, advice.is_risk) == ("may_die", True)
    assert "if all rows have visits" in advice.headline[0]
    assert "assume the worst case" in str(finding(twenty_sites(knows_visits=False), "visits"))
    assert finding(twenty_sites(), "visits") is None
    assert re.search(r"needs between \d+ MB and \d+ MB", advice.headline[1])


def test_rows_without_visits_do_not_count_as_archives() -> None:
    unknown = twenty_sites(knows_visits=False, limit=16 * MB)
    death = Totals(archives=0, sites=3)
    never = replace(forecast_of(unknown).configured, death=death)
    advice = advise(replace(unknown, forecast=replace(forecast_of(unknown), configured=never)))
    assert advice.headline[0].endswith("runs out of memory at site 3 of 20.")


def test_a_run_that_was_cut_off_tells_of_how_many_sites() -> None:
    cut_off = replace(seven_hundred_sites(), sites=None)
    whole = replace(simulated_whole(seven_hundred_sites()), sites=None)
    assert "at site 9 of 700" in advise(whole).headline[0]
    assert "at site 9." in advise(cut_off).headline[0]


def test_where_it_dies_with_and_without_visits_it_dies() -> None:
    assert advise(seven_hundred_sites(knows_visits=False)).verdict == "dies"


def test_without_a_forecast_nothing_is_promised_and_it_is_said_why() -> None:
    unknown = replace(
        healthy(), forecast=None, behaviour=None, matomo_version="6.0.0", why_no_forecast="new"
    )
    advice = advise(unknown)
    assert (advice.verdict, advice.is_risk, advice.remedies) == ("unknown", True, ())
    assert advice.headline[1] == "No forecast: new."


def test_a_queue_that_was_simulated_in_part_and_has_not_died_yet_is_not_known() -> None:
    long = replace(situation([SITE] * 5, limit=4096 * MB, most_rows=100), rearchivings=())
    advice = advise(long)
    assert (advice.verdict, advice.is_risk) == ("unknown", True)
    assert "only the start of its queue was simulated" in advice.headline[0]
    assert "more than" in advice.headline[1]


def test_where_the_list_of_rearchivings_could_not_be_read_that_is_why_it_is_not_known() -> None:
    unread = replace(situation([SITE] * 5, limit=4096 * MB, most_rows=100), rearchivings=None)
    (sentence, _) = advise(unread).headline
    assert "ReArchiveList) could not be read" in sentence
    assert "only the start" not in sentence


def test_an_archive_limit_that_ends_the_run_in_time_makes_it_fit() -> None:
    limited = seven_hundred_sites(archive_limit=500)
    assert advise(limited).verdict == "fits"
    assert keys(limited) == []
    assert "Without --max-archives-to-process the run would need more than 1.3 GB" in str(
        finding(limited, "without_limit")
    )


def test_without_a_memory_limit_the_need_is_reported() -> None:
    advice = advise(twenty_sites(limit=None))
    assert (advice.verdict, advice.is_risk) == ("unlimited", False)
    assert advice.headline[1].startswith("It needs 429 MB. memory_limit is off: set")


# What is queued, and why


def test_the_queue_is_reported_with_its_age_and_its_largest_reports() -> None:
    groups = [ordinary(9 - n, name=f"done.P{n}", report="r") for n in range(7)]
    shown = healthy(queue=summarise([group(50), *groups, ordinary(2, status=1)]))
    text = str(finding(shown, "queue"))
    assert text == ("92 rows queued, 2 in progress; oldest 3 days 4 hours (2024-12-17 08:00 UTC).")
    assert finding(shown, "reports") == (
        "Actions.Actions_hits 50, P0.r 9, P1.r 8, P2.r 7, P3.r 6, 3 others 12."
    )


def test_rows_without_a_report_or_a_plugin_are_named_in_words() -> None:
    shown = healthy(queue=summarise([ordinary(3), ordinary(2, name="done.Goals")]))
    assert finding(shown, "reports") == "all reports 3, all of Goals 2."


def test_the_share_of_the_hits_backfill_is_reported_only_where_rows_of_it_are_queued() -> None:
    backfill = healthy(queue=summarise([group(30), ordinary(70)]))
    assert str(finding(backfill, "backfill")).startswith("30 rows (30 %) from the hits backfill")
    assert finding(healthy(), "backfill") is None


def test_rows_that_the_run_will_add_are_reported_with_their_schedule() -> None:
    plain = healthy()
    hits = ReArchiving(None, "Actions", "Actions_hits", NOW - 10 * 24 * HOUR, None)
    more = replace(
        plain, forecast=replace(forecast_of(plain), rearchived=3726, daily=12), rearchivings=(hits,)
    )
    assert finding(more, "scheduled") == (
        "The next run first adds 3,726 rows of re-archivings: Actions.Actions_hits at all sites"
        " from 2024-12-10."
    )
    assert finding(more, "own") == "The next run adds 12 rows for today and yesterday."
    assert finding(plain, "scheduled") is None


def test_rows_that_no_archiver_selects_are_reported() -> None:
    odd = healthy(queue=summarise([group(2, status=None), ordinary(5, without_time=1)]))
    assert "never selects 3 queued rows" in str(finding(odd, "unselectable"))


def test_how_long_it_takes_follows_from_the_rate() -> None:
    assert finding(twenty_sites(per_hour=100.0), "time") == (
        "The whole queue takes 2 days at 100 archives an hour."
    )
    assert str(finding(twenty_sites(), "time")).startswith("Not known.")
    assert finding(healthy(), "time") is None


# Always

VERSIONS = ("4.5.0", "5.1.2", "5.2.0", "5.3.0", "5.7.1")


@settings(max_examples=60, deadline=None)
@given(
    sites=st.integers(0, 30),
    matomo_version=st.sampled_from(VERSIONS),
    adapter=st.sampled_from((PDO, "MYSQLI")),
    limit=st.sampled_from((None, 8 * MB, 32 * MB, 128 * MB, 512 * MB)),
    requests=st.integers(1, 6),
    archive_limit=st.sampled_from((0, 1, 50, 5000)),
    knows_visits=st.booleans(),
    per_hour=st.sampled_from((None, 0.5, 1200.0)),
    stuck_rows=st.integers(0, 3),
)
def test_zero_is_never_advised_for_it_means_unlimited(
    sites: int, matomo_version: str, stuck_rows: int, **setup: object
) -> None:
    queue = summarise([group(len(SITE) * sites), group(stuck_rows, status=1, without_start=1)])
    given_situation = situation(
        [SITE] * sites,
        queue,
        matomo_version=matomo_version,
        **setup,  # type: ignore[arg-type]
    )
    advice = advise(given_situation)
    assert "=0" not in all_text(advice)
    assert "None" not in all_text(advice)
    if given_situation.verdict == "fits":
        assert forecast_of(given_situation).configured.death is None
    assert advice.is_risk or forecast_of(given_situation).configured.death is None


def test_the_verdict_on_a_shared_list_covers_only_the_sites_left() -> None:
    left = replace(healthy(), sites_left=3)
    assert (
        advise(left)
        .headline[0]
        .startswith("OK for the 3 sites left in the shared list: the next core:archive fits")
    )


def test_sites_left_in_the_shared_list_are_reported() -> None:
    left = replace(twenty_sites(), sites_left=3)
    assert finding(left, "sites_left") == (
        "The next run takes only the 3 sites left in the list that runs share."
    )
    assert "that runs share" not in all_text(advise(twenty_sites()))


def test_a_limit_of_time_does_not_make_the_queue_shorter() -> None:
    """A run that ends after so many archives leaves the rest to the next."""
    whole = twenty_sites(limit=1024 * MB)
    limited = replace(forecast_of(whole).configured, is_limited=True)
    by_time = replace(whole, forecast=replace(forecast_of(whole), configured=limited))
    assert (whole.work, by_time.work) == ((4800, False), (whole.queued, True))
