"""Sites without visits, foreign segments, a list of sites that a run left: small inputs for each.

Site 1 of four has visits on both days, the others never had any.
"""

from collections.abc import Mapping
from datetime import date

import pytest

from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.matomo.simulation.forecast import Forecast
from matomo_archive_exporter.what_if.simulate import of_database
from tests.conftest import Database
from tests.support.numbers import numbers
from tests.support.queue_rows import Row, add
from tests.support.schemas import create_tables
from tests.support.visit_rows import create_visits

TODAY = date(2025, 10, 23)
"""a Thursday: yesterday is in the same week, month and year"""
PDO = "PDO\\MYSQL"
NEW, OLD = "5.8.0", "5.3.2"
HASHES: Mapping[str, str] = {
    "browserCode==FF": "3736b708e4d20cfc10610e816a1b2341",
    "countryCode==de": "8ed8a79e4fab70fb95c781aa3c6b327e",
}


@pytest.fixture
def four_sites(database: Database) -> Database:
    """Site 1 with visits, sites 2 to 4 without; no segment, no row, no archive."""
    create_tables(database.connection, "5.3")
    create_visits(database.connection, (1, f"{TODAY} 11:00:00"), (1, "2025-10-22 12:00:00"))
    add_sites(database, 4)
    option(database, "version_core", NEW)
    return database


def add_sites(database: Database, last: int, first: int = 1) -> None:
    database.run("SET SESSION sql_mode = ''")
    database.run(
        "INSERT INTO matomo_site (idsite, name, ts_created, timezone)"
        f" SELECT seq + {first - 1}, 's', '2020-01-01', 'UTC' FROM {numbers(last - first + 1)}"
    )


def add_segment(database: Database, definition: str, idsite: int = 0) -> None:
    database.run(
        "INSERT INTO matomo_segment (name, definition, hash, login, enable_all_users,"
        " enable_only_idsite, auto_archive, ts_created, deleted) VALUES"
        f" ('s', '{definition}', '{HASHES[definition]}', 'a', 1, {idsite}, 1, '2020-01-01', 0)"
    )


def option(database: Database, name: str, value: str) -> None:
    database.run(f"REPLACE INTO matomo_option VALUES ('{name}', '{value}', 0)")


def foretold(database: Database, version: str = NEW, **changes: object) -> Forecast:
    config = ArchiverConfig(PDO, **changes)  # type: ignore[arg-type]
    return of_database(database.settings, config, version, TODAY).forecast


# Sites without visits


@pytest.mark.parametrize(
    ("version", "daily", "taken", "without_visits"), [(NEW, 20, 20, 6), (OLD, 5, 5, 0)]
)
def test_each_site_queues_today_and_yesterday_since_5_4_the_visited_one_before(
    four_sites: Database, version: str, daily: int, taken: int, without_visits: int
) -> None:
    found = foretold(four_sites, version)
    totals = found.configured.totals
    assert (found.daily, totals.taken, totals.empty) == (daily, taken, without_visits)


# Foreign segments


REARCHIVING = (
    '{"idSites":[1,2],"pluginName":"Actions","report":"Actions_hits",'
    '"startDate":1760918400,"segment":null}'
)
"""from 20 October 2025"""


@pytest.mark.parametrize(("version", "names"), [(NEW, 2 + 3), (OLD, 3 + 3)])
def test_a_re_archiving_queues_a_segments_rows_at_its_own_sites_since_5_4(
    four_sites: Database, version: str, names: int
) -> None:
    add_segment(four_sites, "browserCode==FF")
    add_segment(four_sites, "countryCode==de", idsite=2)
    option(four_sites, "ReArchiveList", f'a:1:{{i:0;s:{len(REARCHIVING)}:"{REARCHIVING}";}}')
    periods = 3 + 1 + 1 + 1  # 20 to 22 October, their week, month and year
    assert foretold(four_sites, version).rearchived == names * periods


# Many sites with a segment


# The list of sites that a run left


@pytest.mark.parametrize("version", ["4.7.0", "5.2.0", OLD, NEW])
def test_the_next_run_takes_the_sites_that_are_left_and_no_others(
    four_sites: Database, version: str
) -> None:
    add(four_sites.connection, Row(idsite=1), Row(idsite=2))
    option(four_sites, "SharedSiteIdsToArchive_AllWebsites", "3,4")
    found = foretold(four_sites, version)
    assert found.configured.totals.sites == 2
    assert found.configured.totals.taken == found.daily == (10 if version == NEW else 0)


@pytest.mark.parametrize("value", ["", "x,y"])
def test_a_list_without_any_id_is_none(four_sites: Database, value: str) -> None:
    option(four_sites, "SharedSiteIdsToArchive_AllWebsites", value)
    assert foretold(four_sites).configured.totals.sites == 4
