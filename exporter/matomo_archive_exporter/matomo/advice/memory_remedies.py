"""What lowers the memory that a run needs, or gives it more; each with what it would change."""

from collections.abc import Iterator

from matomo_archive_exporter.matomo.advice.headline import safe_size
from matomo_archive_exporter.matomo.advice.remedy import Remedy
from matomo_archive_exporter.matomo.advice.situation import Situation
from matomo_archive_exporter.matomo.advice.wording import count, lasting, php_size, size
from matomo_archive_exporter.matomo.simulation import memory
from matomo_archive_exporter.matomo.simulation.forecast import Forecast

_MB = 2**20
_STEP = 64 * _MB
_DEFAULT_CONCURRENCY = 3
_GOOD_PART = 0.25


def archive_command(
    situation: Situation,
    *,
    archive_limit: int | None = None,
    concurrent_requests: int | None = None,
    memory_limit: int | None = None,
) -> str:
    """core:archive with these changes, other options as they are. 0 is no limit: never said."""
    archiver = situation.config
    words = ["./console core:archive"]
    if memory_limit is not None:
        words = [f"php -d memory_limit={php_size(memory_limit)} console core:archive"]
    requests = concurrent_requests or archiver.concurrent_requests
    if concurrent_requests or requests != _DEFAULT_CONCURRENCY:
        words.append(f"--concurrent-requests-per-website={requests}")
    if limit := archive_limit or archiver.archive_limit:
        words.append(f"--max-archives-to-process={limit}")
    return " ".join(words)


def limited_run(situation: Situation, forecast: Forecast) -> Iterator[Remedy]:
    """--max-archives-to-process, which Matomo has since 4.7.0."""
    run, configured = forecast.configured, situation.config.archive_limit
    safe = None if run.safe_archives is None else run.safe_archives or run.safe_if_visited
    if not safe or (configured and safe >= configured) or not situation.is_since(4, 7, 0):
        return
    work, may_be_fewer = situation.work
    runs = -(-work // safe)
    rate = situation.config.archives_per_hour
    each = f", {lasting(safe * 3600 / rate)} each" if rate else ""
    at_most = "at most " if may_be_fewer else ""
    if runs > 1:
        work_off = f"{at_most}{count(runs, 'such run')} work off the whole queue{each}."
    else:
        work_off = f"one such run works off the whole queue{each}."
    yield Remedy(
        "limit_archives",
        f"Let a run build {count(safe, 'archive')} at most, and let runs follow one another",
        (archive_command(situation, archive_limit=safe),),
        f"It stays below {safe_size(situation)}; {work_off}",
        tuple(_limit_notes(forecast)),
    )


def _limit_notes(forecast: Forecast) -> Iterator[str]:
    yield "Computed for the next run; later sites may differ: run `advise` again in between."
    if forecast.configured.safe_archives == 0:
        yield (
            "Only if nearly all rows have visits: those without any cost memory but do not count,"
            " and which they are is not known."
        )


def single_request(situation: Situation, forecast: Forecast) -> Iterator[Remedy]:
    effect = _single_effect(situation, forecast)
    if effect is None:
        return
    now, safe = situation.config.concurrent_requests, forecast.single_request.safe_archives
    # With a limit as well, where that alone is not enough.
    limit = safe if safe and situation.is_since(4, 7, 0) else None
    yield Remedy(
        "single_request",
        "Send one request at a time",
        (archive_command(situation, archive_limit=limit, concurrent_requests=1),),
        effect,
        (f"Archives of a site come one after the other: up to {now} times slower.",),
    )


def _single_effect(situation: Situation, forecast: Forecast) -> str | None:
    """None where it would change nothing for the better."""
    now, then, whole = forecast.configured, forecast.single_request, situation.whole
    skips = (whole or forecast).configured.totals.skips
    if situation.config.concurrent_requests == 1 or not skips:
        return None
    removes = f"it removes the {skips:,} skips, not the growth"
    if whole is not None and whole.is_exact:
        peak = whole.single_request.totals.peak
        saved = whole.configured.totals.peak - peak
        if saved < _MB:
            return None
        text = f"It needs {size(peak)}, {size(saved)} less: {removes}"
    elif now.death is not None and then.death is not None:
        if then.death.archives <= now.death.archives:
            return None
        text = (
            f"It dies after {then.death.archives:,} archives instead of"
            f" {now.death.archives:,}: {removes}"
        )
    else:
        return None
    return f"{text}.{_single_outcome(forecast)}"


def _single_outcome(forecast: Forecast) -> str:
    """What it comes to, with a limit of archives beside it or alone."""
    now, then = forecast.configured, forecast.single_request
    if then.safe_archives is None:
        return "" if now.safe_archives is None else " The whole run is safe then."
    survives = now.death is not None and then.death is None
    text = " It survives then, with little to spare." if survives else ""
    return (
        f"{text} It is safe with {then.safe_archives:,} archives." if then.safe_archives else text
    )


def more_memory(situation: Situation) -> Iterator[Remedy]:
    """A higher memory_limit; no figure where the run was not simulated to its end."""
    now = situation.config.memory_limit
    if now is None or situation.whole is None:
        return
    peak = situation.whole.configured.totals.peak
    enough, spare = _limit(peak, memory.DEATH), _limit(peak, memory.SAFE)
    figure = enough if situation.verdict in ("dies", "may_die") else spare
    margin = "" if figure == spare else f"; {php_size(spare)} leaves a fifth to spare"
    yield Remedy(
        "memory_limit",
        f"Give it {size(figure)}",
        (archive_command(situation, memory_limit=figure),),
        f"{php_size(figure)} suffices for {size(peak)}{margin}.",
        (
            "For the main process only. The machine, or its container, must have as much to give.",
            f"In Matomo's container image: PHP_MEMORY_LIMIT={php_size(figure)}.",
        ),
    )


def fewer_lists(situation: Situation) -> Iterator[Remedy]:
    """Fewer sites with a segment, where their lists are a good part of what the run needs."""
    if situation.whole is None or situation.behaviour is None:
        return
    totals, costs = situation.whole.configured.totals, memory.costs_of(situation.behaviour)
    saved = costs.segments + totals.lists * costs.list_of_segments
    if not totals.lists or saved < totals.peak * _GOOD_PART:
        return
    yield Remedy(
        "fewer_segments",
        "Archive segments for fewer sites (auto_archive; others in real time)",
        (),
        f"Each site without a segment saves {costs.list_of_segments / 1e6:.2f} MB. Without any the"
        f" run needs {size(totals.peak - saved)} at most instead of {size(totals.peak)}.",
        ("How many segments a site has makes no difference.",),
    )


def _limit(peak: int, share: float) -> int:
    """The lowest limit in whole steps of which so large a share is more than the peak."""
    return (int(peak / share) // _STEP + 1) * _STEP
