"""Remedies for statements kept in memory: the adapter MYSQLI, or a later Matomo."""

from collections.abc import Iterator
from dataclasses import dataclass

from matomo_archive_exporter.matomo.advice.remedy import Remedy
from matomo_archive_exporter.matomo.advice.situation import Situation
from matomo_archive_exporter.matomo.advice.wording import count, size
from matomo_archive_exporter.matomo.simulation import memory
from matomo_archive_exporter.matomo.simulation.forecast import Forecast


@dataclass(frozen=True, slots=True)
class _Need:
    """Memory of a run that keeps no statements: `begin` with its lists, `peak` at its end."""

    begin: int
    peak: int
    archives: int


def no_statement_cache(situation: Situation, forecast: Forecast) -> Iterator[Remedy]:
    """Only where statements are kept."""
    if situation.behaviour is None or not situation.behaviour.keeps_statements:
        return
    yield Remedy(
        "mysqli",
        "Use database adapter MYSQLI",
        ("./console config:set 'database.adapter=\"MYSQLI\"'",),
        _effect_of_mysqli(situation, forecast),
        ("This changes all of Matomo. PHP needs extension mysqli (`php -m` lists it).",),
    )
    yield Remedy(
        "update",
        "Update Matomo to 5.3.0 or later",
        ("./console core:update",),
        _effect_of_update(situation, forecast),
        (
            "Stop every core:archive and put the new files in place first.",
            "The figure is for 5.4.0 or later.",
            *_cost_of_segments(situation, forecast),
            "Later updates queue re-archivings too (5.6.0: Referrers).",
        ),
    )


def _effect_of_mysqli(situation: Situation, forecast: Forecast) -> str:
    """At most: by the costs of the version that needs more."""
    every = (memory.UNTIL_5_3, memory.SINCE_5_4)
    lists, archives = _lists(situation, forecast), _archives(situation, forecast)
    need = max((_need(c, lists, archives) for c in every), key=lambda need: need.peak)
    now = _now(situation, forecast)
    text = f"The run needs at most {size(need.peak)} instead of {now}"
    return f"{text}{_fit(situation, need)}."


def _effect_of_update(situation: Situation, forecast: Forecast) -> str:
    """From 5.4.0 on a run asks each site for its segments and queues its own rows, worked or not.

    Days without visits cost less than the archives that they are taken for here, and rows that
    queued ones bring with them cost more: no upper bound.
    """
    lists = _lists_since_5_4(situation, forecast)
    daily = max(0, (situation.most_daily_rows or 0) - forecast.daily)
    archives, of_plugins = _archives(situation, forecast)
    need = _need(memory.SINCE_5_4, lists, (archives + daily, of_plugins))
    text = f"The run needs about {size(need.peak)} instead of {_now(situation, forecast)}"
    return f"{text}{_fit(situation, need)}."


def _cost_of_segments(situation: Situation, forecast: Forecast) -> Iterator[str]:
    if lists := _lists_since_5_4(situation, forecast):
        each = memory.SINCE_5_4.list_of_segments / 1e6
        sites = count(lists, "site that has a segment needs", "sites that have a segment need")
        yield f"Its {sites} {each:.2f} MB each, also when idle."


def _lists_since_5_4(situation: Situation, forecast: Forecast) -> int:
    """Sites whose segments are asked for from 5.4.0 on: all that have one, idle or not."""
    return max(_lists(situation, forecast), situation.sites_with_segment or 0)


def _lists(situation: Situation, forecast: Forecast) -> int:
    """Sites whose segments are asked for: all, where the run was not followed to its end."""
    if situation.whole:
        return situation.whole.configured.totals.lists
    return max(forecast.configured.totals.lists, situation.sites_with_segment or 0)


def _archives(situation: Situation, forecast: Forecast) -> tuple[int, int]:
    """How many a run builds, and how many of them for a single plugin, at most: what was not
    simulated may all be of single plugins.
    """
    counted = forecast.configured.totals
    if situation.whole:
        return counted.archives, counted.of_plugins
    number = situation.work[0]
    return number, max(0, number - counted.archives) + counted.of_plugins


def _now(situation: Situation, forecast: Forecast) -> str:
    peak = size(forecast.configured.totals.peak)
    return peak if situation.whole else f"more than {peak}"


def _need(costs: memory.Costs, lists: int, archives: tuple[int, int]) -> _Need:
    begin = memory.without_statements(costs, lists, 0, 0)
    peak = memory.without_statements(costs, lists, *archives)
    return _Need(begin, peak, archives[0])


def _fit(situation: Situation, need: _Need) -> str:
    limit = situation.config.memory_limit
    if limit is None or need.peak < situation.usable:
        return ""
    room, growth = memory.usable(limit) * memory.SAFE - need.begin, need.peak - need.begin
    safe = int(room * need.archives / growth) if growth else 0
    safely = f"; {safe:,} archives a run are safe" if safe > 0 else ""
    return f", still too much{safely}"
