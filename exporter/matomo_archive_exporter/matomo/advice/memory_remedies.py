"""Remedies that lower the memory a run needs, or give it more, each with its effect."""

from collections.abc import Iterator

from matomo_archive_exporter.matomo.advice.headline import safe_size
from matomo_archive_exporter.matomo.advice.remedy import Remedy
from matomo_archive_exporter.matomo.advice.situation import Situation
from matomo_archive_exporter.matomo.advice.wording import count, lasting, php_size, size
from matomo_archive_exporter.matomo.simulation import memory
from matomo_archive_exporter.matomo.simulation.forecast import Forecast

_MB = 2**20
_STEPS = (64 * _MB, 2**30)
_DEFAULT_CONCURRENCY = 3
_GOOD_PART = 0.25


def archive_command(
    situation: Situation,
    *,
    archive_limit: int | None = None,
    concurrent_requests: int | None = None,
    memory_limit: int | None = None,
) -> str:
    """core:archive with these changes, other options as they are; 0 is no limit."""
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
    at_most = " at most" if may_be_fewer and runs > 1 else ""
    yield Remedy(
        "limit_archives",
        f"Limit each run to {count(safe, 'archive')} and repeat it",
        (archive_command(situation, archive_limit=safe),),
        f"Each run stays below {safe_size(situation)}. The whole queue takes{at_most}"
        f" {count(runs, 'such run')}{each}.",
        tuple(_limit_notes(forecast)),
    )


def _limit_notes(forecast: Forecast) -> Iterator[str]:
    if forecast.configured.safe_archives == 0:
        yield (
            "This holds if nearly all rows have visits: rows without visits need memory, but do not"
            " count."
        )
    yield "Run `advise` again between runs: later sites may differ."


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
        (f"The run is up to {now} times slower.",),
    )


def _single_effect(situation: Situation, forecast: Forecast) -> str | None:
    """None where it would change nothing for the better."""
    now, then, whole = forecast.configured, forecast.single_request, situation.whole
    skips = (whole or forecast).configured.totals.skips
    if situation.config.concurrent_requests == 1 or not skips:
        return None
    if whole is not None and whole.is_exact:
        peak = whole.single_request.totals.peak
        saved = whole.configured.totals.peak - peak
        if saved < _MB:
            return None
        text = f"The run needs {size(peak)}, {size(saved)} less"
    elif now.death is not None and then.death is not None:
        if then.death.archives <= now.death.archives:
            return None
        text = (
            f"The run dies after {then.death.archives:,} archives instead of {now.death.archives:,}"
        )
    else:
        return None
    return f"{text}.{_single_outcome(forecast)}"


def _single_outcome(forecast: Forecast) -> str:
    """Whether the run then survives, with a limit of archives or without."""
    now, then = forecast.configured, forecast.single_request
    if then.safe_archives is None:
        return "" if now.safe_archives is None else " The whole run is then safe."
    survives = now.death is not None and then.death is None
    text = " It then just survives." if survives else ""
    return f"{text} {then.safe_archives:,} archives a run are safe." if then.safe_archives else text


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
        f"Raise memory_limit to {php_size(figure)}",
        (archive_command(situation, memory_limit=figure),),
        f"The run needs {size(peak)}{margin}.",
        (
            "The machine or container must have as much.",
            f"In Matomo's container image set PHP_MEMORY_LIMIT={php_size(figure)}.",
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
        "Pre-process segments (auto_archive) for fewer sites",
        (),
        f"Each site less saves {costs.list_of_segments / 1e6:.2f} MB. Without any, the run needs at"
        f" most {size(totals.peak - saved)} instead of {size(totals.peak)}.",
        ("The number of segments per site makes no difference.",),
    )


def _limit(peak: int, share: float) -> int:
    """The lowest round limit of which so large a share is more than the peak."""
    least = int(peak / share)
    step = _STEPS[least > 8 * 2**30]
    return (least // step + 1) * step
