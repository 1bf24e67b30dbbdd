"""What `forecast` says: a few lines, or JSON."""

from collections.abc import Iterator

from matomo_archive_exporter.matomo.advice.place import MORE_THAN_TEN_TIMES, needs_far_more, place
from matomo_archive_exporter.matomo.advice.wording import count, lasting, php_size, size
from matomo_archive_exporter.matomo.rules_basis import assumption, rules_basis
from matomo_archive_exporter.matomo.simulation.archiving_run import Totals
from matomo_archive_exporter.matomo.simulation.forecast import RunForecast
from matomo_archive_exporter.matomo.simulation.memory import SAFE, exhausted
from matomo_archive_exporter.matomo.version import behaviour_if_known
from matomo_archive_exporter.what_if.simulate import SimulationResult


def as_json(result: SimulationResult) -> dict[str, object]:
    """A JSON object; what is unlimited or unknown is null."""
    forecast = result.forecast
    run, totals = forecast.configured, forecast.configured.totals
    basis = rules_basis(result.matomo_version)
    return {
        "taken": totals.taken,
        "taken_without_visits": totals.empty,
        "overlap_skips": totals.skips,
        "duplicates_dropped": totals.duplicates,
        "deleted": totals.deleted,
        "repaired": totals.repaired,
        "expected": {
            "rearchiving": forecast.rearchived if forecast.knows_added else None,
            "today_and_yesterday": forecast.daily if forecast.knows_added else None,
        },
        "selects": totals.selects,
        "distinct_select_texts": totals.texts,
        "peak_bytes": totals.peak,
        "peak_bytes_lowest": forecast.lowest_peak,
        "peak_bytes_highest": max(totals.peak, forecast.lowest_peak),
        "memory_limit_bytes": result.config.memory_limit,
        "memory_limit_assumed": result.config.is_limit_assumed,
        "dies": run.death is not None,
        "dies_in": run.dies_in,
        "dies_on_site": run.death_site,
        "dies_after_archives": run.death.archives if run.death else None,
        "safe_archives": run.safe_archives,
        "safe_archives_assumes": result.assumes,
        "exact": forecast.is_exact,
        "concurrent_requests": result.config.concurrent_requests,
        "matomo_version": result.matomo_version,
        "matomo_version_assumed": result.is_version_assumed,
        "adapter": result.config.adapter,
        "rules": basis.rules,
        "rules_verified": basis.verified,
    }


def as_lines(result: SimulationResult) -> Iterator[str]:
    """The verdict first, then what leads to it."""
    yield from (_verdict(result), "")
    yield from _what_it_does(result)
    yield from _what_it_takes(result)


def _verdict(result: SimulationResult) -> str:
    run, limit = result.forecast.configured, result.config.memory_limit
    if run.dies_in == "expansion":
        return (
            "The run dies of memory while it expands scheduled re-archivings, before it works on"
            " any site. Each run after it dies in the same place."
        )
    if run.death is not None:
        where = place(result.forecast, result.config, result.sites)
        return f"The run dies of memory {where} (idsite {run.death_site})."
    if limit is None:
        return "The run survives: its memory has no limit."
    if not run.is_ended:
        return "Whether the run survives is not known: it was not simulated to its end."
    if run.totals.peak >= exhausted(limit):
        return (
            "The run survives what is queued. Only the expansion that queued it, which is over,"
            " needs more than memory_limit allows."
        )
    share = run.totals.peak / exhausted(limit)
    return f"The run survives: it needs {share:.0%} of the memory it has."


def _what_it_does(result: SimulationResult) -> Iterator[str]:
    forecast, totals = result.forecast, result.forecast.configured.totals
    at_least = "" if forecast.is_exact else "at least "
    assumed = " (assumed)" if result.is_version_assumed else ""
    yield f"queue      {result.source}"
    yield (
        f"archiver   Matomo {result.matomo_version}{assumed}, {result.config.adapter},"
        f" {result.config.concurrent_requests} concurrent requests per website, {_limit(result)}"
    )
    if result.sites_left:
        yield f"sites      only the {result.sites_left:,} left in the list that runs share"
    if text := assumption(result.matomo_version, rules_basis(result.matomo_version)):
        yield f"rules      {text}"
    if forecast.rearchived or forecast.daily:
        more = "" if forecast.knows_added else "at least "
        yield (
            f"added      {more}{forecast.rearchived:,} rows of scheduled re-archivings and"
            f" {more}{forecast.daily:,} for today and yesterday, before it works"
        )
    yield f"archives   {at_least}{totals.archives:,}{_others(totals)}"
    yield f"skips      {at_least}{totals.skips:,} rows that overlap one in the same batch"
    yield (
        f"looks      {at_least}{totals.selects:,} at the queue, {totals.texts:,} of them with a"
        " text of its own"
    )


def _limit(result: SimulationResult) -> str:
    """The one that ends the run first: of archives, or of time where the rate is known."""
    config, limit = result.config, result.config.archive_limit
    behaviour = behaviour_if_known(result.matomo_version, config.adapter)
    archives = config.ends_after(behaviour) if behaviour else limit
    if archives != limit:
        return f"ends after {lasting(config.stop_after)}, about {count(archives, 'archive')}"
    return f"at most {limit:,} archives" if limit else "no limit of archives"


def _others(totals: Totals) -> str:
    others = (
        (totals.empty, "days without visits, for which no child is asked"),
        (totals.deleted, "rows deleted without being archived"),
        (totals.duplicates, "duplicates dropped"),
        (totals.repaired, "rows inserted on the way"),
    )
    return "".join(f", {count:,} {what}" for count, what in others if count)


def _what_it_takes(result: SimulationResult) -> Iterator[str]:
    forecast, run, limit = result.forecast, result.forecast.configured, result.config.memory_limit
    at_least = "" if forecast.is_exact else "at least "
    peak = f"{at_least}{size(run.totals.peak)}"
    if needs_far_more(forecast, result.config):
        peak = MORE_THAN_TEN_TIMES
    elif not forecast.knows_visits:
        peak = f"{size(forecast.lowest_peak)} to {peak}, depending on which rows have visits"
    assumed = ", assumed" if result.config.is_limit_assumed else ""
    allowed = "unlimited" if limit is None else f"{php_size(limit)}{assumed}"
    yield f"memory     {peak} (memory_limit {allowed})"
    yield f"safe       {_safe(run)}"
    yield f"assumed    {result.assumes}"


def _safe(run: RunForecast) -> str:
    if run.safe_archives is None:
        return "the whole queue in one run"
    if run.safe_archives:
        return f"{_limited_to(run.safe_archives)} stays below {SAFE:.0%} of the limit"
    if not run.safe_if_visited:
        return "no limit of archives is low enough"
    limit = _limited_to(run.safe_if_visited)
    return f"no limit of archives for certain; {limit} if all rows have visits"


def _limited_to(archives: int) -> str:
    return f"--max-archives-to-process={archives}"
