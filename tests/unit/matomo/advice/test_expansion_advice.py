"""Advice where the next run dies while it expands scheduled re-archivings."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matomo_archive_exporter.matomo import version
from matomo_archive_exporter.matomo.advice.advice import Advice, advise
from matomo_archive_exporter.matomo.advice.situation import Situation
from matomo_archive_exporter.matomo.queue.queue import summarise
from matomo_archive_exporter.matomo.simulation import memory
from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.matomo.simulation.daily_rows import most_daily_rows
from matomo_archive_exporter.matomo.simulation.expansion_choices import expansion_choices
from matomo_archive_exporter.matomo.simulation.rearchive_list import ReArchiving
from matomo_archive_exporter.matomo.simulation.site_state import SiteVisits
from tests.support.many_sites import LAST_DAYS, ManySites, forecast
from tests.support.plans import PDO

MB = 1 << 20
DYING = ManySites(300, 5, rearchivings=(LAST_DAYS,))
OF_SITE_1 = ReArchiving((1,), "Goals", None, LAST_DAYS.start, None)
SINCE_EVER = replace(LAST_DAYS, start=None)


def situation(
    these: ManySites = DYING, limit: int = 64, matomo_version: str = "5.8.0"
) -> Situation:
    """These sites with a memory_limit in megabytes."""
    config = ArchiverConfig(PDO, memory_limit=limit * MB)
    found = forecast(these, matomo_version, config)
    dies_in_expansion = found.configured.dies_in == "expansion"
    return Situation(
        matomo_version=matomo_version,
        prefix="matomo_",
        now=1_795_842_000,
        queue=summarise([]),
        config=config,
        behaviour=version.behaviour(matomo_version, PDO),
        forecast=found,
        sites=these.sites,
        sites_with_segment=these.instance.sites_with_segment,
        most_daily_rows=most_daily_rows(these.instance),
        rearchivings=these.rearchivings,
        expansion=expansion_choices(these.inputs(matomo_version, config))
        if dies_in_expansion
        else None,
    )


def keys(advice: Advice) -> list[str]:
    return [remedy.key for remedy in advice.remedies]


def effect(advice: Advice, key: str) -> str:
    (found,) = (remedy.effect for remedy in advice.remedies if remedy.key == key)
    return found


def notes(advice: Advice) -> str:
    """Of all remedies."""
    return " ".join(note for remedy in advice.remedies for note in remedy.notes)


def findings(advice: Advice) -> dict[str, str]:
    return {finding.topic: finding.text for finding in advice.findings}


def test_it_is_said_that_nothing_is_worked_off_and_that_the_next_run_dies_the_same_way() -> None:
    advice = advise(situation())
    assert (advice.verdict, advice.is_risk) == ("dies", True)
    assert "while it expands scheduled re-archivings" in advice.headline[0]
    assert "The queue does not shrink" in advice.headline[0]
    assert "each later run dies in the same place" in advice.headline[0]
    assert findings(advice)["expansion"] == (
        "The expansion needs 143 MB: it loads the segments of all 300 sites that have one, and"
        " keeps 0.42 MB for each site."
    )


def test_useless_remedies_are_named_and_not_advised() -> None:
    advice = advise(situation())
    assert "--force-idsites" in findings(advice)["no_help"]
    assert "does not help" in findings(advice)["months"]
    assert not {"limit_archives", "single_request", "rearchive_months"} & {*keys(advice)}


def test_each_remedy_says_what_it_changes() -> None:
    advice = advise(situation())
    assert keys(advice) == ["memory_limit", "exclude_segments", "rearchive_list", "fewer_segments"]
    assert effect(advice, "memory_limit").startswith("The run needs 189 MB")
    assert effect(advice, "exclude_segments").startswith("The expansion needs 19 MB instead of 143")
    assert "The run then dies at site" in effect(advice, "rearchive_list")
    assert re.fullmatch(
        r"The expansion fits with at most 102 sites that have a segment \(300 now\)\. The run then"
        r" dies at site \d+ or later\.",
        effect(advice, "fewer_segments"),
    )


def test_leaving_segments_out_is_not_advised_where_the_rest_is_too_much() -> None:
    assert "exclude_segments" not in keys(advise(situation(limit=16)))


def test_with_the_memory_that_is_advised_the_run_survives() -> None:
    assert situation(limit=256).verdict in ("tight", "fits")
    assert situation(limit=128).dies_in_expansion


def test_fewer_months_help_where_the_expansion_has_nothing_to_do_then() -> None:
    """0 months end the entries without a start date (rule of Matomo since 4.0)."""
    advice = advise(situation(replace(DYING, rearchivings=(SINCE_EVER,))))
    assert "rearchive_months" in keys(advice)
    assert "The expansion has nothing to do" in effect(advice, "rearchive_months")
    assert "months" not in findings(advice)


def test_where_one_of_several_entries_is_enough_it_is_named() -> None:
    advice = advise(situation(replace(DYING, rearchivings=(OF_SITE_1, LAST_DAYS))))
    (remedy,) = (r for r in advice.remedies if r.key == "rearchive_list")
    assert any("entry 2 of the list" in note for note in remedy.notes)
    both = replace(DYING, rearchivings=(LAST_DAYS, replace(LAST_DAYS, plugin="Goals")))
    (remedy,) = (r for r in advise(situation(both)).remedies if r.key == "rearchive_list")
    assert not any("entry" in note and "enough" in note for note in remedy.notes)


@settings(max_examples=15, deadline=None)
@given(st.integers(30, 100), st.integers(1, 3))
def test_with_as_many_sites_as_are_said_to_fit_the_expansion_does(
    limit: int, segments: int
) -> None:
    dying = situation(ManySites(250, segments, rearchivings=(LAST_DAYS,)), limit)
    assert dying.expansion is not None
    most = dying.expansion.most_sites(limit * MB)
    for sites, dies in ((most, False), (most + 1, True)):
        some = ManySites(sites, segments, rearchivings=(LAST_DAYS,))
        assert situation(some, limit).dies_in_expansion is dies


def test_a_run_that_dies_later_gets_the_usual_advice() -> None:
    """Without a re-archiving it dies at the first site that is too many."""
    advice = advise(situation(ManySites(700, 1)))
    assert advice.verdict == "dies"
    assert "expands" not in advice.headline[0]
    assert "expansion" not in findings(advice)
    assert "rearchive_list" not in keys(advice)
    assert "42 MB for each 100 sites" not in findings(advice)["cause"]  # MB of 2^20
    assert "40 MB for each 100 sites" in findings(advice)["cause"]


def test_the_saving_of_fewer_sites_with_a_segment_is_reported() -> None:
    dying = situation(ManySites(700, 1))
    shown = effect(advise(dying), "fewer_segments")
    figure = re.fullmatch(
        r"Each site less saves 0.42 MB. Without any, the run needs at most (\d+) MB"
        r" instead of (\d+) MB.",
        shown,
    )
    without = situation(ManySites(700)).forecast  # which has fewer rows, too
    assert figure is not None
    assert without is not None
    assert without.configured.totals.peak <= int(figure[1]) * MB < int(figure[2]) * MB / 5
    assert "fewer_segments" not in keys(advise(situation(ManySites(700), limit=24)))


@pytest.mark.parametrize(
    ("matomo_version", "rules"),
    [("5.3.2", ""), ("5.3.3", "5.3.2"), ("5.4.0", "5.8.0"), ("5.7.1", "5.8.0"), ("5.8.0", "")],
)
def test_a_version_that_could_not_be_run_is_reported(matomo_version: str, rules: str) -> None:
    shown = findings(advise(situation(ManySites(2), matomo_version=matomo_version)))
    assert ("rules" in shown) is bool(rules)
    assert f"the rules of {rules}" in shown.get("rules", "the rules of ")


def test_before_5_4_the_expansion_costs_lists_too() -> None:
    old = situation(matomo_version="5.2.1")
    assert old.dies_in_expansion
    assert old.expansion is not None
    assert old.expansion.list_of_segments == memory.UNTIL_5_3.list_of_segments


def test_the_need_after_an_update_includes_the_list_of_each_site() -> None:
    """From 5.4.0 on sites without anything to do cost theirs too: the update does not help here."""
    at_night = ManySites(1000, 1, visits=SiteVisits(yesterday=True, today=False))
    for these in (at_night, replace(at_night, sites=300)):
        advice = advise(situation(these, 48, "5.2.1"))
        shown = effect(advice, "update")
        figure = re.match(r"The run needs about (\d+) MB instead of", shown)
        updated = situation(these, 16_000, "5.8.0").forecast
        assert updated is not None
        assert figure is not None
        assert int(figure[1]) == pytest.approx(updated.configured.totals.peak / MB, rel=0.05)
        assert "still too much" in shown
        assert f"Its {these.sites:,} sites that have a segment need 0.42 MB each" in notes(advice)
        assert "at most" not in shown


def test_idle_sites_make_an_update_need_more_although_a_run_asks_none_before() -> None:
    """None has visits, and one row for each is deleted: 5.2.1 asks no site for its segments."""
    idle = situation(ManySites(1000, 1), 18, "5.2.1")
    assert idle.forecast is not None
    assert idle.forecast.configured.totals.lists == 0
    assert "1,000 sites that have a segment need" in notes(advise(idle))


@pytest.mark.parametrize("limit", [64, 96])
def test_with_so_few_sites_that_have_a_segment_the_run_survives(limit: int) -> None:
    these = replace(DYING, segments=1)
    shown = effect(advise(situation(these, limit)), "fewer_segments")
    found = re.search(r"fits with at most (\d+) sites that have a segment", shown)
    assert found is not None
    assert shown.endswith("The run then survives.")
    assert situation(replace(these, sites=int(found[1])), limit).verdict != "dies"


def test_the_most_months_that_help_are_advised() -> None:
    """5.2.1 keeps statements for each segment and month: 20 segments over seven months."""
    long_ago = replace(LAST_DAYS, start=int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()))
    these = ManySites(10, 20, rearchivings=(long_ago,))
    for limit in (32, 36):
        dying = situation(these, limit, "5.2.1")
        assert dying.dies_in_expansion
        assert dying.expansion is not None
        (remedy,) = (r for r in advise(dying).remedies if r.key == "rearchive_months")
        found = re.search(r"last_n_months=(\d)'", remedy.run[0])
        assert found is not None
        most = int(found[1])
        assert 1 < most < 6
        held = dying.expansion.by_months
        assert held[most] < dying.usable <= held.get(most + 1, dying.expansion.now)


def test_an_entry_that_lists_its_sites_does_not_take_all() -> None:
    listed = replace(LAST_DAYS, sites=tuple(range(1, 201)))
    shown = findings(advise(situation(replace(DYING, rearchivings=(listed,)))))
    assert "loads the segments of the 200 listed sites that have one" in shown["expansion"]
    assert shown["no_help"].endswith("takes every site that its entries list.")
    assert findings(advise(situation()))["no_help"].endswith("takes all sites.")
