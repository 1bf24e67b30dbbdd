"""Rules that a running exporter keeps during and after any fault of its database.

On every page that a test looks at: values are right or absent, none is older than the maximum age,
and no counter falls. When the fault is over: all works again, the exporter has one connection at
most, none of its older statements is left, and memory, files and threads are what they were.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median

from tests.conftest import USER, Database
from tests.support.expected_figures import ExpectedFigures, Samples, expected_figures_of, shown
from tests.support.private_server import PrivateServer
from tests.support.process import Exporter, wait_until
from tests.support.process_usage import usage_of
from tests.support.running import PASSWORD_VARIABLE, matomo_on
from tests.support.scrape import Page

INTERVAL, MAX_AGE = 0.2, 3.0
OPTIONS = (
    *(f"--collect.interval={INTERVAL}", f"--collect.max-age={MAX_AGE}", "--collect.duty-cycle=1"),
    *("--database.connect-timeout=1s", "--database.statement-timeout=500ms"),
)
"""what every exporter of the campaign runs with"""

CLOSED = Path("/proc/sys/vm/drop_caches")
"""a file that not even root may read"""

LEEWAY = 5.0  # seconds, for a busy machine
_LAST_SUCCESS = "matomo_archive_exporter_collector_last_success_timestamp_seconds"
_SUCCESS = "matomo_archive_exporter_collector_success"
_FIRST_TIME = 8 * 1024  # KiB that code may take which runs for the first time
_NO_MORE_STATEMENT = 5.0  # seconds after which no older statement is left


@contextmanager
def sane_matomo_on(server: PrivateServer) -> Iterator[Database]:
    """A database to be spoiled, in which all is well."""
    with matomo_on(server) as database:
        database.run("DELETE FROM matomo_archive_invalidations WHERE period = 9")
        yield database


def exporter_of(database: Database, *options: str) -> Exporter:
    """An exporter as the campaign runs it; `options` come last and win."""
    return Exporter(*database.flags, *OPTIONS, *options, variables=PASSWORD_VARIABLE)


def failing(page: Page) -> set[str]:
    """The collectors whose last reading failed."""
    return {
        sample.labels["collector"]
        for family in page.families
        for sample in family.samples
        if sample.name == _SUCCESS and sample.value == 0
    }


def all_work(page: Page) -> bool:
    """Every collector, all values understood."""
    return page.up == 1 and not failing(page)


def none_works(page: Page) -> bool:
    """No collector of the database."""
    needed = {"queue", "runs", "archives", "durations", "overlaps", "forecast", "current_run"}
    return page.up == 0 and failing(page) >= needed


class Watch:
    """Looks at pages while something is wrong."""

    def __init__(
        self,
        exporter: Exporter,
        database: Database,
        max_age: float,
        clock: Callable[[float], float],
    ) -> None:
        self.exporter, self.database = exporter, database
        self._max_age, self._clock = max_age, clock
        first = exporter.wait_for(all_work)
        self._expected: list[tuple[ExpectedFigures, float]] = [
            (expected_figures_of(database), float("inf"))
        ]
        self._others: Samples | None = _worked_out(first)
        self._errors = _errors(first)
        self._counters = _counters(first)
        self._usage = usage_of(exporter.process.pid, 0.3)
        self.more_memory = _FIRST_TIME
        """KiB by which the process may have grown at the end"""
        self.longest_reading = 0.0
        """seconds; what a reading has found is shown until it ends, and ages from then on"""

    def run(self, *statements: str) -> None:
        """Change the tables."""
        with closing(self.database.server.connect(self.database.name)) as root:
            for statement in statements:
                root.cmd_query(statement)
        self.changed()

    def changed(self) -> None:
        """The tables were changed: what was true before may be shown for the maximum age."""
        self._expected[-1] = (self._expected[-1][0], time.monotonic())
        self._expected.append((expected_figures_of(self.database), float("inf")))
        self._others = None

    def look(self) -> Page:
        """A page, on which all that is there is right."""
        page = self.exporter.scrape()
        for collector in ("queue", "runs", "archives"):
            self._assert_right(page, collector)
        others = _worked_out(page)
        assert self._others is None or others <= self._others, others - self._others
        counters = _counters(page)
        fallen = {key for key, value in counters.items() if value < self._counters.get(key, 0)}
        assert fallen == set()
        self._counters |= counters
        return page

    def wait_for(self, condition: Callable[[Page], object], seconds: float = 15.0) -> Page:
        """The first page that meets the condition; all before it are looked at, too."""
        pages: list[Page] = []

        def meets() -> bool:
            pages[:] = [self.look()]
            return bool(condition(pages[0]))

        wait_until(meets, "the page is as it should be", seconds)
        return pages[0]

    def reasons(self, page: Page, collector: str = "queue") -> set[str]:
        """Why the collector failed since the fault began."""
        before = self._errors
        return {
            reason
            for (name, reason), count in _errors(page).items()
            if name == collector and count > before.get((name, reason), 0)
        }

    def assert_unharmed(self) -> None:
        """The fault is over: so is all that it did."""
        page = self.wait_for(all_work)
        for collector, right in self._expected[-1][0].items():
            assert shown(page, collector) == right
        _assert_one_connection(self.database)
        wait_until(self._needs_the_same, "files and threads are what they were")

    def _needs_the_same(self) -> bool:
        before, after = self._usage, usage_of(self.exporter.process.pid, 0.3)
        assert after.memory - before.memory <= self.more_memory
        return (after.files, after.threads) == (before.files, before.threads)

    def _assert_right(self, page: Page, collector: str) -> None:
        found = shown(page, collector)
        if not found:
            return
        latest = time.monotonic() - self._max_age - LEEWAY
        were_right = [expected[collector] for expected, until in self._expected if until > latest]
        assert found in were_right, [found ^ right for right in were_right]
        seen = page.value(_LAST_SUCCESS, collector=collector)
        assert seen is not None
        assert self._clock(seen) - seen < self._max_age + self.longest_reading + LEEWAY


@contextmanager
def unharmed(
    exporter: Exporter,
    database: Database,
    *,
    max_age: float = MAX_AGE,
    clock: Callable[[float], float] = lambda seen: time.time(),
) -> Iterator[Watch]:
    """Around a fault, which is over at the end of the block.

    `clock` gives the present by the clock that showed a time, where there is more than one.
    """
    watch = Watch(exporter, database, max_age, clock)
    yield watch
    watch.assert_unharmed()


def _assert_one_connection(database: Database) -> None:
    """At most, but for moments in which a busy server still ends the last one; those from before
    end, with what they ran.
    """
    with closing(database.server.connect()) as root, closing(root.cursor()) as cursor:

        def ours() -> set[int]:
            cursor.execute(
                "SELECT id FROM information_schema.processlist"
                f" WHERE user = '{USER}' AND db = '{database.name}'"
            )
            return {int(str(number)) for (number,) in cursor.fetchall()}

        before = ours()
        wait_until(lambda: not before & ours(), "what ran before has ended", _NO_MORE_STATEMENT)
        seen = []
        for _ in range(30):
            seen.append(ours())
            time.sleep(0.01)
    assert median(map(len, seen)) <= 1


def _errors(page: Page) -> dict[tuple[str, str], float]:
    return {
        (sample.labels["collector"], sample.labels["reason"]): sample.value
        for family in page.families
        for sample in family.samples
        if sample.name == "matomo_archive_exporter_collector_errors_total"
    }


def _counters(page: Page) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in page.families
        if family.type == "counter"
        for sample in family.samples
    }


def _worked_out(page: Page) -> Samples:
    """Metrics that follow from the tables alone, at any time: no counters, no log, no run that
    the log shows.
    """
    return frozenset(
        (sample.name, frozenset(sample.labels.items()), sample.value)
        for family in page.families
        if family.name.startswith("matomo_archive")
        and not family.name.startswith(("matomo_archive_exporter_", "matomo_archive_current_run"))
        and family.type != "counter"
        and family.name != "matomo_archive_log_unread_bytes"
        for sample in family.samples
        if sample.labels.get("run") != "current"
    )
