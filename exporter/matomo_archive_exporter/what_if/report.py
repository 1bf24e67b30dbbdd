"""The answer of `forecast`: a few lines, or JSON."""

from collections.abc import Iterator

from matomo_archive_exporter.matomo.advice.place import MORE_THAN_TEN_TIMES, needs_far_more, place
from matomo_archive_exporter.matomo.advice.wording import count, lasting, php_size, size
from matomo_archive_exporter.matomo.rules_basis import RulesBasis, assumption, rules_basis
from matomo_archive_exporter.matomo.simulation.archiving_run import Totals
from matomo_archive_exporter.matomo.simulation.forecast import RunForecast
from matomo_archive_exporter.matomo.simulation.memory import SAFE, exhausted
from matomo_archive_exporter.matomo.version import behaviour_if_known
from matomo_archive_exporter.what_if.simulate import SimulationResult


def as_json(result: SimulationResult) -> dict[str, object]:
    """A JSON object; null is unlimited or unknown."""
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
        "warnings": list(result.warnings),
    }


def as_lines(result: SimulationResult) -> Iterator[str]:
    """The verdict first, then the figures behind it."""
    yield from (_verdict(result), "")
    yield from _work(result, rules_basis(result.matomo_version))
    yield from _memory(result)
    yield from (f"warning    {warning}" for warning in result.warnings)


def _verdict(result: SimulationResult) -> str:
    run, limit = result.forecast.configured, result.config.memory_limit
    if run.dies_in == "expansion":
        return (
            "The run dies of memory while it expands scheduled re-archivings, before it works on"
            " any site. Each later run dies in the same place."
        )
    if run.death is not None:
        where = place(result.forecast, result.config, result.sites)
        return f"The run dies of memory {where} (idsite {run.death_site})."
    if limit is None:
        return "The run survives: its memory has no limit."
    if not run.is_ended:
        return "It is not known whether the run survives: it was not simulated to its end."
    if run.totals.peak >= exhausted(limit):
        return (
            "The run survives what is queued. The expansion that queued it needed more than"
            " memory_limit allows, but it is over."
        )
    share = run.totals.peak / exhausted(limit)
    return f"The run survives: it needs {share * 100:.0f} % of its memory."


def _work(result: SimulationResult, basis: RulesBasis) -> Iterator[str]:
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
    if text := assumption(result.matomo_version, basis):
        yield f"rules      {text}"
    if forecast.rearchived or forecast.daily:
        more = "" if forecast.knows_added else "at least "
        yield (
            f"added      {more}{forecast.rearchived:,} rows of scheduled re-archivings,"
            f" {more}{forecast.daily:,} rows for today and yesterday"
        )
    yield f"archives   {at_least}{totals.archives:,}{_others(totals)}"
    yield f"skips      {at_least}{totals.skips:,} rows that overlap one in the same batch"
    yield f"selects    {at_least}{totals.selects:,}; {totals.texts:,} different texts"


def _limit(result: SimulationResult) -> str:
    """The limit that ends the run first: of archives, or of time where the rate is known."""
    config, limit = result.config, result.config.archive_limit
    behaviour = behaviour_if_known(result.matomo_version, config.adapter)
    archives = config.ends_after(behaviour) if behaviour else limit
    if archives != limit:
        return f"ends after {lasting(config.stop_after)}, about {count(archives, 'archive')}"
    return f"at most {limit:,} archives" if limit else "no archive limit"


def _others(totals: Totals) -> str:
    others = (
        (totals.empty, "days without visits"),
        (totals.deleted, "rows deleted without an archive"),
        (totals.duplicates, "duplicates dropped"),
        (totals.repaired, "rows inserted by the run"),
    )
    return "".join(f"; {count:,} {what}" for count, what in others if count)


def _memory(result: SimulationResult) -> Iterator[str]:
    forecast, run, limit = result.forecast, result.forecast.configured, result.config.memory_limit
    at_least = "" if forecast.is_exact else "at least "
    peak = f"{at_least}{size(run.totals.peak)}"
    if needs_far_more(forecast, result.config):
        peak = MORE_THAN_TEN_TIMES
    elif not forecast.knows_visits:
        peak = f"{size(forecast.lowest_peak)} to {peak}: it depends on which rows have visits"
    assumed = ", assumed" if result.config.is_limit_assumed else ""
    allowed = "unlimited" if limit is None else f"{php_size(limit)}{assumed}"
    yield f"memory     {peak} (memory_limit {allowed})"
    yield f"safe       {_safe(run)}"
    yield f"assumed    {result.assumes}"


def _safe(run: RunForecast) -> str:
    if run.safe_archives is None:
        return "the whole queue in one run"
    if run.safe_archives:
        return f"{_limited_to(run.safe_archives)} keeps it below {SAFE * 100:.0f} % of memory_limit"
    if not run.safe_if_visited:
        return "no archive limit is low enough"
    limit = _limited_to(run.safe_if_visited)
    return f"no archive limit is surely safe; {limit} if all rows have visits"


def _limited_to(archives: int) -> str:
    return f"--max-archives-to-process={archives}"
