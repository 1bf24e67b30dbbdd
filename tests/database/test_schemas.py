"""Every form in which Matomo's tables are found gives the same figures."""

from datetime import UTC, datetime
from typing import get_args

import pytest

from tests.conftest import Database
from tests.support import clock, recordings
from tests.support.figures import Figures, read, target_of
from tests.support.schemas import Form

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
RECORDINGS = ("case-06a", "case-07-128M-after", "log-info-main-oom-midrun-after")


def figures_of(
    database: Database, name: str, prefix: str = "matomo_", form: Form = "5.2.0"
) -> Figures:
    """The figures of a recording, without those of the exporter's own process."""
    recordings.load(database.connection, name, prefix=prefix, form=form)
    settings = database.settings.model_copy(update={"tables_prefix": prefix})
    with clock.stopped(database.server, NOW, zone="+00:00"):
        figures = read(target_of(settings))
    assert figures.success("queue")
    assert figures.success("runs")
    own = ("matomo_archive_exporter_", "process_")
    return Figures({n: samples for n, samples in figures.items() if not n.startswith(own)})


@pytest.mark.parametrize("name", RECORDINGS)
@pytest.mark.parametrize("form", get_args(Form))
def test_every_form_of_the_tables_gives_the_same_figures(
    database: Database, name: str, form: Form
) -> None:
    figures = figures_of(database, name, form=form)
    expected_rows = {"case-06a": 516, "case-07-128M-after": 2712}.get(name, 16)
    assert sum(figures["matomo_archive_invalidations"].values()) == expected_rows
    assert figures == figures_of(database, name)


@pytest.mark.parametrize("prefix", ["", "m", "piwik_", "a_b_", "Straße_"])
def test_every_prefix_of_the_table_names_gives_the_same_figures(
    database: Database, prefix: str
) -> None:
    figures, usual = (figures_of(database, "case-06a", prefix=name) for name in (prefix, "matomo_"))
    of_statements = "matomo_archive_memory_"  # a shorter name makes shorter statements
    assert {n: s for n, s in figures.items() if not n.startswith(of_statements)} == {
        n: s for n, s in usual.items() if not n.startswith(of_statements)
    }


def test_tables_of_another_prefix_in_the_same_database_are_not_read(database: Database) -> None:
    recordings.load(database.connection, "case-01", prefix="matomo_")
    recordings.load(database.connection, "case-02", prefix="matomo_2_")
    figures = read(target_of(database.settings))
    assert sum(figures["matomo_archive_invalidations"].values()) == 250
