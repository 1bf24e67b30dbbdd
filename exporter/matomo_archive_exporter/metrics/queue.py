"""The queue, as metrics."""

from collections.abc import Iterator, Mapping

from prometheus_client.core import Metric

from matomo_archive_exporter.matomo.queue.owner import Owners
from matomo_archive_exporter.matomo.queue.queue import STATUSES, QueueFacts
from matomo_archive_exporter.metrics.family import Value, counter, gauge, labelled_gauge
from matomo_archive_exporter.readings.database.server import Server
from matomo_archive_exporter.readings.queue.queue import QueueReading

_OTHER = "other"


def families(reading: QueueReading, *, top_reports: int, top_sites: int) -> Iterator[Metric]:
    """All metrics of one reading of the queue."""
    facts = reading.facts
    yield labelled_gauge(
        "matomo_archive_invalidations",
        "Rows of the archiving queue; queued is every status except in progress",
        ("status", "period", "scope"),
        facts.rows.items(),
    )
    yield _reports(facts, top_reports)
    yield gauge(
        "matomo_archive_hits_backfill_invalidations",
        "Rows of report Actions_hits that the update to 5.2.0 queued and no run has started",
        facts.hits_backfill,
    )
    yield gauge("matomo_archive_queue_sites", "Sites with at least one queued row", reading.sites)
    yield from _times(facts)
    yield from _odd_rows(facts, reading.owners)
    yield from _turnover(reading)
    yield gauge(
        "matomo_archive_database_utc_offset_seconds",
        "Offset of the database session from UTC; Matomo's recovery timeout is wrong by as much",
        reading.server.utc_offset,
    )
    if top_sites:
        yield _sites(reading.site_rows, top_sites)


def info(server: Server, matomo_version: str, adapter: str) -> Metric:
    """The Matomo and its database server; an unknown version is "", as if the label were absent."""
    return labelled_gauge(
        "matomo_info",
        "The Matomo whose database is read",
        ("version", "adapter", "database", "database_version"),
        [((matomo_version, adapter, server.kind, server.version), 1)],
    )


def _reports(facts: QueueFacts, top: int) -> Metric:
    rest = (_OTHER, _OTHER)  # it includes a plugin and report of these names
    ranked = sorted(
        facts.reports,
        key=lambda report: (report == rest, -sum(facts.reports[report].values()), report),
    )
    samples: list[tuple[tuple[str, str, str], Value]] = [
        ((status, *report), facts.reports[report].get(status, 0))
        for report in ranked[:top]
        for status in STATUSES
    ]
    if len(ranked) > top:
        for status in STATUSES:
            rows = sum(facts.reports[report].get(status, 0) for report in ranked[top:])
            samples.append(((status, *rest), rows))
    return labelled_gauge(
        "matomo_archive_report_invalidations",
        "Rows by the plugin and report that they rebuild; the largest by name, the rest as other",
        ("status", "plugin", "report"),
        samples,
    )


def _times(facts: QueueFacts) -> Iterator[Metric]:
    yield gauge(
        "matomo_archive_oldest_queued_timestamp_seconds",
        "When the oldest selectable queued row was invalidated; absent without one",
        facts.oldest_queued,
    )
    yield gauge(
        "matomo_archive_oldest_started_timestamp_seconds",
        "Earliest start of a row in progress; absent without one",
        facts.oldest_started,
    )
    yield gauge(
        "matomo_archive_newest_started_timestamp_seconds",
        "Latest start of a row in progress; absent without one",
        facts.newest_started,
    )


def _odd_rows(facts: QueueFacts, owners: Owners | None) -> Iterator[Metric]:
    yield labelled_gauge(
        "matomo_archive_stuck_invalidations",
        "Rows in progress that are stuck. never_started: without a start time;"
        " past_recovery_timeout: longer than the recovery timeout; owner_gone: their process has"
        " ended (Matomo 5.3.0 and later; absent until --archiver.proc-path has shown a process"
        " that works on a row)",
        ("reason",),
        [
            (("never_started",), facts.never_started),
            (("past_recovery_timeout",), facts.past_recovery),
            (("owner_gone",), None if owners is None else owners.rows_gone),
        ],
    )
    yield labelled_gauge(
        "matomo_archive_unselectable_invalidations",
        "Queued rows that the archiver never selects, by the first reason that applies",
        ("reason",),
        [
            (("no_status",), facts.no_status),
            (("no_time",), facts.no_time),
            (("future_time",), facts.future_time),
        ],
    )


def _turnover(reading: QueueReading) -> Iterator[Metric]:
    yield counter(
        "matomo_archive_added_invalidations_total",
        "Rows added to the queue since the exporter started; a lower bound",
        (),
        [((), reading.turnover.added)],
    )
    yield counter(
        "matomo_archive_removed_invalidations_total",
        "Rows removed from the queue since the exporter started; a lower bound",
        (),
        [((), reading.turnover.removed)],
    )


def _sites(rows: Mapping[int, int], top: int) -> Metric:
    ranked = sorted(rows, key=lambda site: (-rows[site], site))
    samples: list[tuple[tuple[str], Value]] = [((str(site),), rows[site]) for site in ranked[:top]]
    if len(ranked) > top:
        samples.append(((_OTHER,), sum(rows[site] for site in ranked[top:])))
    return labelled_gauge(
        "matomo_archive_site_invalidations",
        "Queued rows by site; the largest by idsite, the rest as other",
        ("idsite",),
        samples,
    )
