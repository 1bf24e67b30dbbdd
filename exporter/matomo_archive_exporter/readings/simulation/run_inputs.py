"""All that the database says of a run to come, but for the queue itself."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta

from matomo_archive_exporter.matomo.instance import Instance, Site
from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.matomo.simulation.run_inputs import Clock, RunInputs
from matomo_archive_exporter.matomo.simulation.site_state import SiteVisits
from matomo_archive_exporter.matomo.time_zone import day_begins
from matomo_archive_exporter.matomo.version import Behaviour
from matomo_archive_exporter.readings.database.connection import Connection
from matomo_archive_exporter.readings.database.server import Server
from matomo_archive_exporter.readings.runs.runs import RunsReading
from matomo_archive_exporter.readings.simulation import instance as instances
from matomo_archive_exporter.readings.simulation import recent_archives, visits


def read(
    connection: Connection,
    server: Server,
    config: ArchiverConfig,
    behaviour: Behaviour,
    runs: RunsReading,
    day: date | None,
    memory: visits.VisitsMemory,
) -> RunInputs:
    """Archives and visits are left out where the grant for them is missing."""
    instance = instances.read(connection)
    clock = Clock(datetime.fromisoformat(server.utc_now), day)
    today = {idsite: clock.today(site) for idsite, site in instance.sites.items()}
    return RunInputs(
        config,
        behaviour,
        instance,
        clock,
        rearchivings=runs.rearchivings,
        remembered=_by_site(runs.remembered),
        shared_sites=runs.shared_sites,
        archives=recent_archives.read(connection, today) or {},
        visits=_visits(connection, instance, clock, memory),
    )


def _by_site(remembered: Iterable[tuple[int, str]]) -> dict[int, list[date]]:
    """Days that cannot be are left out: Matomo would not act on them."""
    days: dict[int, list[date]] = {}
    for idsite, day in remembered:
        with suppress(ValueError):
            days.setdefault(idsite, []).append(date.fromisoformat(day))
    return days


def _visits(
    connection: Connection, instance: Instance, clock: Clock, memory: visits.VisitsMemory
) -> Mapping[int, SiteVisits] | None:
    windows = {idsite: _windows(site, clock) for idsite, site in instance.sites.items()}
    found = visits.read(connection, windows, memory)
    if found is None:
        return None
    return {
        idsite: SiteVisits(
            found.first.get(idsite), idsite in found.yesterday, idsite in found.today
        )
        for idsite in instance.sites
    }


def _windows(site: Site, clock: Clock) -> tuple[str, str, str]:
    today = clock.today(site)
    begins = day_begins(today, site.timezone)
    yesterday = day_begins(today - timedelta(days=1), site.timezone)
    return str(yesterday), str(begins), str(clock.end(site))
