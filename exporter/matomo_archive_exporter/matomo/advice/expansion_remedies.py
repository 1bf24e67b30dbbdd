"""Remedies for a run that dies while it expands scheduled re-archivings."""

import math
from collections.abc import Iterator

from matomo_archive_exporter.matomo.advice.remedy import Remedy
from matomo_archive_exporter.matomo.advice.situation import Situation
from matomo_archive_exporter.matomo.advice.wording import count, size
from matomo_archive_exporter.matomo.simulation.expansion_choices import ExpansionChoices
from matomo_archive_exporter.matomo.simulation.forecast import Forecast, RunForecast

_SETTING = "./console config:set 'General.{name}={value}'"


def expansion_remedies(situation: Situation, forecast: Forecast) -> Iterator[Remedy]:
    """In the order in which the least is lost."""
    choices, then = situation.expansion, forecast.without_expansion
    if choices is None or then is None:
        return
    yield from _without_segments(situation, choices, then)
    yield from _fewer_months(situation, choices, then)
    yield from _without_entries(situation, choices, then)
    yield from _fewer_sites_with_segments(situation, choices, then)


def _without_segments(
    situation: Situation, choices: ExpansionChoices, then: RunForecast
) -> Iterator[Remedy]:
    if choices.without_segments < situation.usable:
        yield Remedy(
            "exclude_segments",
            "Leave segments out of re-archivings",
            (_SETTING.format(name="rearchive_reports_in_past_exclude_segments", value=1),),
            f"The expansion needs {size(choices.without_segments)} instead of"
            f" {size(choices.now)}. {_outcome(then)}",
            (
                "Matomo does not rebuild past reports of segments.",
                "This remedy follows Matomo's source. It was never tried.",
            ),
        )


def _fewer_months(
    situation: Situation, choices: ExpansionChoices, then: RunForecast
) -> Iterator[Remedy]:
    """The most months that help; fewer days alone make no list shorter."""
    for months, held in choices.by_months.items():
        if held < situation.usable:
            needs = f"needs {size(held)}" if held else "has nothing to do"
            yield Remedy(
                "rearchive_months",
                "Re-archive fewer months of the past",
                (_SETTING.format(name="rearchive_reports_in_past_last_n_months", value=months),),
                f"The expansion {needs} instead of {size(choices.now)}. {_outcome(then)}",
                ("Matomo does not rebuild reports of earlier days.",),
            )
            return


def _without_entries(
    situation: Situation, choices: ExpansionChoices, then: RunForecast
) -> Iterator[Remedy]:
    enough = [
        number
        for number, held in enumerate(choices.by_entry_left_out, 1)
        if held < situation.usable and len(choices.by_entry_left_out) > 1
    ]
    notes = ["Matomo does not rebuild these reports. Note the entries down first."]
    if enough:
        numbers = ", ".join(map(str, enough))
        notes.append(f"To remove one is enough: entry {numbers} of the list.")
    yield Remedy(
        "rearchive_list",
        "Delete the scheduled re-archivings",
        (f"DELETE FROM `{situation.prefix}option` WHERE option_name = 'ReArchiveList';",),  # noqa: S608 - printed, never run
        f"Matomo expands nothing. {_outcome(then)}",
        tuple(notes),
    )


def _fewer_sites_with_segments(
    situation: Situation, choices: ExpansionChoices, then: RunForecast
) -> Iterator[Remedy]:
    limit = situation.config.memory_limit
    if limit is None or not choices.lists:
        return
    most = choices.most_sites(limit)
    if most >= choices.lists:
        return
    living = min(most, _most_sites_of_run(situation, choices, then))
    outcome = "The run then survives." if living > 0 else _outcome_at_the_earliest(then)
    fitting = living if living > 0 else most
    yield Remedy(
        "fewer_segments",
        "Pre-process segments (auto_archive) for fewer sites",
        (),
        f"The expansion fits with at most {count(fitting, 'site')} that have a segment"
        f" ({choices.lists:,} now). {outcome}",
        ("The number of segments per site makes no difference.",),
    )


def _most_sites_of_run(situation: Situation, choices: ExpansionChoices, then: RunForecast) -> int:
    """The most sites with a segment with which the run survives; 0 where that is unknown."""
    if not then.is_ended:
        return 0
    too_much = then.totals.peak + 1 - situation.usable
    fewer = max(0, math.ceil(too_much / choices.list_of_segments))
    return max(0, then.totals.lists - fewer)


def _outcome_at_the_earliest(then: RunForecast) -> str:
    """The run was simulated with the lists of all sites."""
    if then.death is None:
        return _outcome(then)
    return f"The run then dies at site {then.death_site} or later."


def _outcome(then: RunForecast) -> str:
    """How the run ends once its expansion fits."""
    if then.death is None:
        return "The run then survives."
    return (
        f"The run then dies at site {then.death_site}, after"
        f" {count(then.death.archives, 'archive')}. Later runs go on with the next sites."
    )
