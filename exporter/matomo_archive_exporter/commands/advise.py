"""`advise`: what is the matter with the queue, whether the next run survives, and what to run."""

from matomo_archive_exporter.commands.advise_report import as_json, as_lines
from matomo_archive_exporter.commands.snapshot import Snapshot, take
from matomo_archive_exporter.matomo import version
from matomo_archive_exporter.matomo.advice.advice import advise as judge
from matomo_archive_exporter.matomo.advice.situation import Situation
from matomo_archive_exporter.readings.database.errors import ReadingError
from matomo_archive_exporter.readings.simulation.archiver_config import archiver_config
from matomo_archive_exporter.settings.command_line import Invocation
from matomo_archive_exporter.settings.settings import Settings
from matomo_archive_exporter.terminal import complain, show_answer

NO_RISK, RISK, NOT_READABLE = 0, 1, 3


def advise(settings: Settings, invocation: Invocation) -> int:
    """0 without a risk, 1 with one, 3 when the database cannot be read."""
    try:
        snapshot = take(settings)
    except ReadingError as error:
        complain(str(error))
        return NOT_READABLE
    situation = _situation(settings, snapshot)
    advice = judge(situation)
    show_answer(as_json(advice), as_lines(advice), as_json=bool(invocation.own.get("json")))
    return RISK if advice.is_risk else NO_RISK


def _situation(settings: Settings, snapshot: Snapshot) -> Situation:
    """What was read, in the words of the rules."""
    matomo_version = snapshot.runs.matomo_version if snapshot.runs else ""
    reading, overlaps = snapshot.forecast, snapshot.overlaps
    owners = snapshot.queue.owners
    return Situation(
        matomo_version=matomo_version,
        prefix=settings.database.tables_prefix,
        now=snapshot.queue.server.unix_now,
        queue=snapshot.queue.facts,
        config=reading.config if reading else archiver_config(settings),
        behaviour=version.behaviour_if_known(matomo_version, settings.database.adapter),
        forecast=reading.forecast if reading else None,
        why_no_forecast=reading.reason if reading else "the log says why",
        sites=reading.sites if reading else None,
        sites_with_segment=reading.sites_with_segment if reading else None,
        most_own_rows=reading.most_own_rows if reading else None,
        rearchivings=snapshot.runs.rearchivings if snapshot.runs else None,
        duplicates=overlaps.duplicates if overlaps else None,
        orphans=overlaps.orphans if overlaps else None,
        blocked=overlaps.blocked if overlaps else None,
        held_back=overlaps.held_back if overlaps else None,
        owners_gone=owners.owners_gone if owners else frozenset(),
        owners_alive=owners.alive if owners else frozenset(),
        sites_left=snapshot.runs.sites_remaining or None if snapshot.runs else None,
        expansion=reading.expansion if reading else None,
    )
