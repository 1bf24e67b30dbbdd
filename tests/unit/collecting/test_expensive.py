"""When what follows from the queue is worked out again."""

from dataclasses import replace

from matomo_archive_exporter.collecting.expensive import Basis
from matomo_archive_exporter.matomo.queue.queue import summarise
from matomo_archive_exporter.matomo.queue.turnover import begin

BASIS = Basis(
    queue=summarise([]),
    turnover=begin(0, 0),
    instance=(),
    matomo_version="5.8.0",
    rearchivings=(),
    shared_sites=frozenset({1, 2, 3}),
    remembered=frozenset(),
    completed=None,
    moment=7,
)


def test_a_site_that_a_run_takes_from_the_shared_list_changes_the_forecast_alone() -> None:
    taken = replace(BASIS, shared_sites=frozenset({2, 3}))
    assert taken.of_overlaps == BASIS.of_overlaps
    assert taken != BASIS


def test_time_alone_changes_no_overlap_and_another_version_does() -> None:
    assert replace(BASIS, moment=8).of_overlaps == BASIS.of_overlaps
    assert replace(BASIS, matomo_version="5.2.0").of_overlaps != BASIS.of_overlaps
