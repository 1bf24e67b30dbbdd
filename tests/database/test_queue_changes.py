"""A queue that changes between readings, and while it is read."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from matomo_archive_exporter.readings.database.connection import Connection
from tests.conftest import Database
from tests.support import queue_rows
from tests.support.figures import Figures, read, target_of
from tests.support.numbers import numbers
from tests.support.queue_rows import Row

QUEUE = "matomo_archive_invalidations"
COUNTERS = (
    "matomo_archive_added_invalidations_total",
    "matomo_archive_removed_invalidations_total",
)

Interfere = Callable[[Callable[[int], object]], None]


@pytest.fixture
def interfere(monkeypatch: pytest.MonkeyPatch) -> Iterator[Interfere]:
    """Have something done before each statement of the exporter, which is given its number."""
    ask = Connection.rows

    def install(act: Callable[[int], object]) -> None:
        asked = iter(range(10**9))

        def rows(self: Connection, statement: str, parameters: Any = ()) -> Any:
            act(next(asked))
            return ask(self, statement, parameters)

        monkeypatch.setattr(Connection, "rows", rows)

    yield install
    monkeypatch.undo()


def turnover(figures: Figures) -> tuple[float | None, float | None]:
    added, removed = COUNTERS
    return figures.one(added), figures.one(removed)


def total(figures: Figures) -> float:
    return sum(figures[QUEUE].values())


def add(database: Database, count: int) -> None:
    queue_rows.add(database.connection, *queue_rows.many(count, Row()))


def test_rows_that_come_and_go_between_readings_are_counted(matomo: Database) -> None:
    add(matomo, 10)
    target = target_of(matomo.settings)
    read(target)
    add(matomo, 5)
    assert turnover(read(target)) == (5, 0)
    matomo.run(f"DELETE FROM {QUEUE} LIMIT 7")
    assert turnover(read(target)) == (5, 7)
    add(matomo, 4)
    matomo.run(f"DELETE FROM {QUEUE} LIMIT 2")
    figures = read(target)
    assert turnover(figures) == (9, 9)
    assert total(figures) == 10
    assert turnover(read(target)) == (9, 9)


def test_rows_that_are_committed_late_have_come_and_what_goes_then_is_counted(
    matomo: Database,
) -> None:
    """A large transaction takes its ids, single rows get higher ones and are seen before."""
    target = target_of(matomo.settings)
    read(target)
    with closing(matomo.server.connect(matomo.name)) as loader:
        loader.cmd_query("BEGIN")
        loader.cmd_query(
            f"INSERT INTO {QUEUE} (name, idsite, date1, date2, period, ts_invalidated, status)"
            f" SELECT 'done', 1, '2025-02-28', '2025-02-28', 1, '2025-03-01', 0"
            f" FROM {numbers(1000)}"
        )
        add(matomo, 8)
        assert turnover(read(target)) == (8, 0)
        loader.cmd_query("COMMIT")
    assert turnover(read(target)) == (1008, 0)
    matomo.run(f"DELETE FROM {QUEUE} LIMIT 400")
    assert turnover(read(target)) == (1008, 400)


def test_rows_added_during_a_reading_are_left_for_the_next(
    matomo: Database, interfere: Interfere
) -> None:
    add(matomo, 10)
    target = target_of(matomo.settings)
    read(target)
    before = matomo.run(f"SELECT COUNT(*) FROM {QUEUE}")
    # From the statement after the highest id on, a row comes before every one.
    interfere(lambda number: add(matomo, 1) if number >= 6 else None)
    figures = read(target)
    assert before == [(10,)]
    assert total(figures) == 10
    assert turnover(figures) == (0, 0)
    came = int(str(matomo.run(f"SELECT COUNT(*) FROM {QUEUE}")[0][0])) - 10
    assert came > 0
    interfere(lambda number: None)
    figures = read(target)
    assert total(figures) == 10 + came
    assert turnover(figures) == (came, 0)


@pytest.mark.parametrize("at", range(15))
def test_rows_deleted_at_any_moment_of_a_reading_make_nothing_negative(
    matomo: Database, interfere: Interfere, at: int
) -> None:
    rows = [Row(period=1 + n % 5, status=(0, 0, 0, 1, None)[n % 5], idsite=n) for n in range(60)]
    target = target_of(matomo.settings, collect={"top_sites": 3})
    queue_rows.add(matomo.connection, *rows)
    read(target)
    queue_rows.add(matomo.connection, *rows)
    before = read(target)
    interfere(lambda n: matomo.run(f"DELETE FROM {QUEUE} WHERE idsite < 50") if n == at else None)
    during = read(target)
    interfere(lambda number: None)
    after = read(target)
    for figures in (before, during, after):
        archiving = {name: s for name, s in figures.items() if name.startswith("matomo_archive_")}
        assert min(value for samples in archiving.values() for value in samples.values()) >= 0
        assert figures.success("queue")
    for counter in COUNTERS:
        values = [figures.one(counter) or 0 for figures in (before, during, after)]
        assert values == sorted(values)
    assert turnover(after) == (60, 100)
    assert total(after) == 20


def test_rows_that_vanish_piece_by_piece_leave_a_reading_that_holds(
    matomo: Database, interfere: Interfere
) -> None:
    matomo.run(
        f"INSERT INTO {QUEUE} (name, idsite, date1, date2, period, ts_invalidated, status)"
        " SELECT CONCAT('done.P', seq MOD 7), seq MOD 100, '2025-02-28', '2025-02-28',"
        f" 1 + seq MOD 4, '2025-03-01', IF(seq MOD 50, 0, 1) FROM {numbers(150_000)}"
    )
    target = target_of(matomo.settings)
    assert total(read(target)) == 150_000
    interfere(lambda number: matomo.run(f"DELETE FROM {QUEUE} ORDER BY RAND() LIMIT 9000"))
    figures = read(target)
    assert 0 < total(figures) < 150_000
    removed_before = figures.one(COUNTERS[1]) or 0
    interfere(lambda number: None)
    figures = read(target)
    left = matomo.run(f"SELECT COUNT(*) FROM {QUEUE}")[0][0]
    assert total(figures) == left
    assert turnover(figures) == (0, 150_000 - total(figures))
    assert removed_before <= 150_000 - total(figures)
