"""The verdict in words: how the next core:archive ends, and how much memory it needs."""

from matomo_archive_exporter.matomo.advice.place import needs_far_more, place
from matomo_archive_exporter.matomo.advice.situation import Situation
from matomo_archive_exporter.matomo.advice.wording import count, php_size, size
from matomo_archive_exporter.matomo.simulation import memory
from matomo_archive_exporter.matomo.simulation.forecast import Forecast


def headline(situation: Situation) -> tuple[str, ...]:
    """The verdict first, then the figures behind it."""
    forecast = situation.forecast
    if forecast is None:
        return (
            "NOT KNOWN whether the next core:archive runs out of memory.",
            f"No forecast: {situation.why_no_forecast or 'it could not be made'}.",
        )
    return (_sentence(situation, forecast), _figures(situation, forecast))


def _sentence(situation: Situation, forecast: Forecast) -> str:
    match situation.verdict:
        case "dies" if situation.dies_in_expansion:
            return (
                "RISK: the next core:archive runs out of memory while it expands scheduled"
                " re-archivings, before it works on any site. The queue does not shrink, and each"
                " later run dies in the same place."
            )
        case "dies":
            return f"RISK: the next core:archive runs out of memory {_moment(situation, forecast)}."
        case "may_die":
            moment = f"{_moment(situation, forecast)}, if all rows have visits"
            return f"RISK: the next core:archive may run out of memory {moment}."
        case "unknown":
            return f"NOT KNOWN whether the next core:archive runs out of memory: {_why(situation)}."
        case "tight":
            return (
                f"OK, but tight{_of_sites_left(situation)}:"
                " the next core:archive fits its memory with less than a fifth to spare."
            )
        case "unlimited":
            return "NO LIMIT: the next core:archive has no memory_limit."
        case _:
            return f"OK{_of_sites_left(situation)}: the next core:archive fits its memory."


def _of_sites_left(situation: Situation) -> str:
    """A run takes only the sites in the shared list while there are some: the one after it, all."""
    left = situation.sites_left
    return f" for the {count(left, 'site')} left in the shared list" if left else ""


def _why(situation: Situation) -> str:
    """The reason why the run was not simulated to its end."""
    if situation.rearchivings is None:
        return "the scheduled re-archivings (option ReArchiveList) could not be read"
    return "only the start of its queue was simulated (--collect.forecast-max-rows)"


def _moment(situation: Situation, forecast: Forecast) -> str:
    return place(forecast, situation.config, situation.sites_left or situation.all_sites)


def _figures(situation: Situation, forecast: Forecast) -> str:
    limit = situation.config.memory_limit
    assumed = ", assumed" if situation.config.is_limit_assumed else ""
    if limit is not None and needs_far_more(forecast, situation.config):
        return (
            f"It needs more than 10 times the {size(situation.usable)} that PHP can use"
            f" (memory_limit {php_size(limit)}{assumed})."
        )
    needs = f"It needs {_needed(situation, forecast)}"
    if limit is None:
        return (
            f"{needs}. memory_limit is off: set --archiver.memory-limit to what the machine or the"
            " container can give."
        )
    return (
        f"{needs}. PHP can use {size(situation.usable)} (memory_limit {php_size(limit)}{assumed})."
    )


def _needed(situation: Situation, forecast: Forecast) -> str:
    """The peak of the next run, as far as it is known."""
    whole = situation.whole
    if whole is None:
        return f"more than {size(forecast.configured.totals.peak)}"
    lowest, highest = size(whole.lowest_peak), size(whole.configured.totals.peak)
    return highest if whole.knows_visits or lowest == highest else f"between {lowest} and {highest}"


def safe_size(situation: Situation) -> str:
    """The memory that a safe run stays below."""
    usable = memory.usable(situation.config.memory_limit or 0)
    return f"{memory.SAFE * 100:.0f} % of memory_limit ({size(usable * memory.SAFE)})"
