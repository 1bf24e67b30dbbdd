"""Orphans and overlaps follow sites and segments too, while the queue stays as it is."""

import pytest

from matomo_archive_exporter.collecting.target import Target
from matomo_archive_exporter.readings.database.connection import connect
from matomo_archive_exporter.readings.overlaps import overlaps
from matomo_archive_exporter.readings.simulation import instance
from tests.conftest import Database
from tests.support import everything
from tests.support.figures import Samples, read, target_of

ORPHANED = "matomo_archive_orphaned_invalidations"
PREDICTED = "matomo_archive_predicted_archives"
OFTEN = {"interval": 0.05, "duty_cycle": 1}


@pytest.fixture
def matomo(database: Database) -> Database:
    everything.load(database.connection)
    return database


def both(target: Target) -> tuple[Samples, Samples]:
    """Orphans and predicted archives, worked out now if there is a reason."""
    for collector in target.on_database:
        if collector.duty_cycle:
            collector.duty_cycle._due = 0
    figures = read(target)
    return figures[ORPHANED], figures[PREDICTED]


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM matomo_site WHERE idsite IN (SELECT idsite FROM matomo_archive_invalidations)",
        "UPDATE matomo_site SET ts_created = '2037-01-01'",
    ],
)
def test_sites_that_change_change_them(matomo: Database, change: str) -> None:
    target = target_of(matomo.settings, collect=OFTEN)
    before = both(target)
    matomo.run(change)
    assert all(now != then for now, then in zip(both(target), before, strict=True))
    assert both(target) == both(target_of(matomo.settings, collect=OFTEN))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE matomo_segment SET deleted = 1",
        "UPDATE matomo_segment SET auto_archive = 0",
        "UPDATE matomo_segment SET definition = 'browserCode==OP', hash = ''",
        "UPDATE matomo_segment SET enable_only_idsite = 99",
    ],
)
def test_segments_that_change_change_them(matomo: Database, change: str) -> None:
    matomo.run(
        "INSERT INTO matomo_archive_invalidations"
        " (name, idsite, date1, date2, period, ts_invalidated, status)"
        " SELECT CONCAT('done', MD5(definition)), 1, '2025-02-01', '2025-02-01', 1,"
        " '2025-03-01', 0 FROM matomo_segment"
    )
    target = target_of(matomo.settings, collect=OFTEN)
    (before, _) = both(target)
    matomo.run(change)
    (after, _) = both(target)
    assert after != before
    assert both(target) == both(target_of(matomo.settings, collect=OFTEN))


def test_orphans_and_overlaps_are_kept_where_nothing_changes(
    matomo: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = target_of(matomo.settings, collect=OFTEN)
    before = both(target)
    monkeypatch.setattr(overlaps, "read", None)  # not to be called
    assert both(target) == before
    assert not any(collector.errors["internal"] for collector in target.collectors)


def test_sites_are_read_in_bounded_answers(
    matomo: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connect(matomo.settings) as connection:
        whole = instance.read(connection)
        monkeypatch.setattr(instance, "_SITES_AT_ONCE", 2)
        assert instance.read(connection) == whole
    assert len(whole.sites) > 2
