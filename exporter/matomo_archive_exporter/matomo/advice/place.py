"""Where a run dies, in words."""

from matomo_archive_exporter.matomo.advice.wording import count, lasting, share
from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.matomo.simulation.forecast import Forecast
from matomo_archive_exporter.matomo.simulation.memory import exhausted

_FAR_BEYOND = 10  # times the limit: from there on the place says more than the size
MORE_THAN_TEN_TIMES = "more than 10 times what PHP can use"


def needs_far_more(forecast: Forecast, config: ArchiverConfig) -> bool:
    """Whether the run needs more than ten times its limit, however few rows have visits."""
    limit = config.memory_limit
    return limit is not None and forecast.lowest_peak > _FAR_BEYOND * exhausted(limit)


def place(forecast: Forecast, config: ArchiverConfig, sites: int | None) -> str:
    """`after 3,720 of 179,185 archives (2 %), at site 16 of 700, about 2 hours after its start`.

    `sites` are those that the run comes to. The time is there where the rate is known, the total
    where the run was simulated to its end. "" for a run that survives.
    """
    run = forecast.configured
    if run.death is None:
        return ""
    if not run.death.sites:
        return "before it works on any site"
    site = f"at site {run.death.sites:,}{f' of {sites:,}' if sites else ''}"
    if not run.death.archives:  # rows without visits are no archives
        return site
    return f"{_archives(forecast)}, {site}{_time(run.death.archives, config)}"


def _archives(forecast: Forecast) -> str:
    run = forecast.configured
    done, all_of_it = run.death.archives if run.death else 0, run.totals.archives
    if not (forecast.is_exact or run.is_ended):
        return f"after {count(done, 'archive')}"
    return f"after {done:,} of {count(all_of_it, 'archive')} ({share(done, all_of_it)})"


def _time(archives: int, config: ArchiverConfig) -> str:
    seconds = config.seconds_for(archives)
    return "" if seconds is None else f", about {lasting(seconds)} after its start"
