"""Each remedy for memory appears exactly when it helps, with what it changes."""

import re

import pytest

from matomo_archive_exporter.matomo.advice.advice import advise
from tests.support.situations import (
    MB,
    PDO,
    SITE,
    apart,
    finding,
    forecast_of,
    healthy,
    keys,
    remedy,
    seven_hundred_sites,
    simulated_whole,
    situation,
    twenty_sites,
)


def test_the_remedies_come_best_first() -> None:
    assert keys(twenty_sites(knows_visits=False)) == [
        "limit_archives",
        "visits",
        "single_request",
        "hits_backfill",
        "memory_limit",
        "mysqli",
        "update",
    ]


def test_the_archive_limit_is_the_safe_one_with_the_runs_it_takes() -> None:
    at_risk = twenty_sites(per_hour=1200.0)
    assert forecast_of(at_risk).configured.safe_archives == 1686
    found = remedy(at_risk, "limit_archives")
    assert found.run == ("./console core:archive --max-archives-to-process=1686",)
    assert "80 % of memory_limit (102 MB)" in found.effect
    assert "The whole queue takes 3 such runs, 1 hour 24 minutes each." in found.effect


def test_with_that_archive_limit_the_run_is_no_risk_any_more() -> None:
    again = advise(twenty_sites(archive_limit=1686))
    assert (again.verdict, again.remedies) == ("fits", ())


def test_no_archive_limit_is_advised_where_none_is_safe_and_that_is_said() -> None:
    hopeless = twenty_sites(limit=16 * MB)
    assert "limit_archives" not in keys(hopeless)
    shown = str(finding(hopeless, "no_safe_limit"))
    assert shown.startswith("No --max-archives-to-process is surely safe")
    assert finding(twenty_sites(), "no_safe_limit") is None


def test_no_archive_limit_is_advised_before_matomo_has_one() -> None:
    assert "limit_archives" not in keys(twenty_sites(matomo_version="4.6.2"))
    assert "limit_archives" in keys(twenty_sites(matomo_version="4.7.0"))


def test_where_visits_are_not_known_the_limit_is_said_to_hold_only_if_rows_have_some() -> None:
    found = remedy(twenty_sites(knows_visits=False), "limit_archives")
    assert found.run == remedy(twenty_sites(), "limit_archives").run
    assert any("if nearly all rows have visits" in note for note in found.notes)


def test_one_request_at_a_time_is_advised_with_its_saving() -> None:
    at_risk = twenty_sites()
    one = forecast_of(at_risk).single_request
    found = remedy(at_risk, "single_request")
    assert found.run == (
        "./console core:archive --concurrent-requests-per-website=1"
        f" --max-archives-to-process={one.safe_archives}",
    )
    assert found.effect.startswith("The run needs 395 MB, 35 MB less.")


def test_where_one_request_at_a_time_is_enough_no_limit_is_added() -> None:
    enough = twenty_sites(limit=512 * MB)
    assert enough.verdict == "tight"
    found = remedy(enough, "single_request")
    assert found.run == ("./console core:archive --concurrent-requests-per-website=1",)
    assert found.effect.endswith("The whole run is then safe.")


def test_one_request_at_a_time_is_described_by_its_death_where_the_peak_is_not_known() -> None:
    assert "The run dies after 2,112 archives instead of 1,992" in (
        remedy(seven_hundred_sites(), "single_request").effect
    )


def test_one_request_at_a_time_is_not_advised_without_skips_or_if_already_set() -> None:
    assert "single_request" not in keys(twenty_sites(requests=1))
    no_overlaps = situation([apart(1500)] * 4)
    assert no_overlaps.verdict == "dies"
    assert "single_request" not in keys(no_overlaps)


def test_other_options_of_the_run_stay_as_they_are() -> None:
    many = twenty_sites(requests=5, archive_limit=4000)
    kept = "--concurrent-requests-per-website=5"
    assert remedy(many, "limit_archives").run[0].startswith(f"./console core:archive {kept} --max")
    assert remedy(many, "memory_limit").run[0].endswith(f"{kept} --max-archives-to-process=4000")


def test_the_memory_limit_suffices_and_is_a_whole_step() -> None:
    found = remedy(twenty_sites(), "memory_limit")
    assert found.run == ("php -d memory_limit=448M console core:archive",)
    assert "576M leaves a fifth to spare" in found.effect
    assert advise(twenty_sites(limit=448 * MB)).verdict == "tight"
    assert advise(twenty_sites(limit=384 * MB)).verdict == "dies"
    assert advise(twenty_sites(limit=576 * MB)).verdict == "fits"
    assert advise(twenty_sites(limit=512 * MB)).verdict == "tight"


def test_where_it_fits_closely_the_memory_limit_with_room_to_spare_is_advised() -> None:
    found = remedy(twenty_sites(limit=480 * MB), "memory_limit")
    assert found.run == ("php -d memory_limit=576M console core:archive",)


def test_a_run_that_was_followed_to_its_end_tells_what_would_suffice() -> None:
    shown = simulated_whole(seven_hundred_sites())
    peak = forecast_of(shown).configured.totals.peak
    figure = re.search(r"memory_limit=(\d+)G ", remedy(shown, "memory_limit").run[0])
    assert figure is not None
    limit = int(figure[1]) * 2**30
    assert peak < 0.98 * limit < peak + 2**30
    assert "GB less." in remedy(shown, "single_request").effect
    assert remedy(shown, "limit_archives").run == remedy(twenty_sites(), "limit_archives").run
    assert "168,000 archives" in str(finding(shown, "run"))


def test_no_memory_limit_is_made_up_where_the_peak_is_not_known() -> None:
    assert "memory_limit" not in keys(seven_hundred_sites())
    assert "memory_limit" not in keys(twenty_sites(limit=None))


@pytest.mark.parametrize(
    ("matomo_version", "adapter", "helps"),
    [("5.2.2", PDO, True), ("5.2.2", "MYSQLI", False), ("5.3.0", PDO, False)],
)
def test_another_adapter_and_an_update_help_where_statements_are_kept(
    matomo_version: str, adapter: str, helps: bool
) -> None:
    many = situation([SITE] * 300, matomo_version=matomo_version, adapter=adapter)
    assert many.verdict == "dies"
    assert ("mysqli" in keys(many), "update" in keys(many)) == (helps, helps)


def test_the_need_without_the_cache_is_that_of_such_a_run() -> None:
    mysqli = twenty_sites(adapter="MYSQLI")
    shown = re.search(r"needs at most (\d+) MB", remedy(twenty_sites(), "mysqli").effect)
    assert shown is not None
    expected = forecast_of(mysqli).configured.totals.peak / MB
    assert expected <= int(shown[1]) <= expected + 5


def test_archives_of_all_plugins_are_not_charged_for_a_longer_url() -> None:
    sites = [apart(1500)] * 10
    kept, mysqli = (situation(sites, adapter=adapter, limit=None) for adapter in (PDO, "MYSQLI"))
    shown = re.search(r"needs at most (\d+) MB", remedy(kept, "mysqli").effect)
    assert shown is not None
    assert int(shown[1]) == pytest.approx(forecast_of(mysqli).configured.totals.peak / MB, rel=0.01)


def test_where_even_that_is_too_much_it_is_said_how_many_archives_are_safe() -> None:
    effect = remedy(seven_hundred_sites(), "update").effect
    shown = re.search(r"still too much; ([\d,]+) archives a run are safe", effect)
    assert shown is not None
    safe = int(shown[1].replace(",", ""))
    updated = seven_hundred_sites(matomo_version="5.3.0")
    expected = forecast_of(updated).configured.safe_archives
    assert expected is not None
    assert expected * 0.9 < safe <= expected


def test_with_a_high_need_and_no_memory_limit_only_what_lowers_the_need_is_advised() -> None:
    assert keys(twenty_sites(limit=None)) == ["single_request", "hits_backfill", "mysqli", "update"]
    assert keys(healthy(limit=None)) == []


def test_the_grant_that_makes_an_archive_limit_certain_comes_right_after_it() -> None:
    unknown = seven_hundred_sites(knows_visits=False)
    assert keys(unknown)[:2] == ["limit_archives", "visits"]
    assert "Needed to compute a safe limit." in remedy(unknown, "visits").effect
    assert keys(unknown).count("visits") == 1


def test_the_grant_on_visits_is_advised_where_it_would_tell_more() -> None:
    assert remedy(twenty_sites(knows_visits=False), "visits").run == (
        "GRANT SELECT (idsite, visit_last_action_time) ON `matomo_log_visit` TO exporter@'%';",
    )
    assert "visits" not in keys(twenty_sites())
    assert "visits" not in keys(healthy(knows_visits=False))
