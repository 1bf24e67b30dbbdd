"""There are never too many connections, and the useless go first."""

from dataclasses import dataclass, field
from typing import cast

from matomo_archive_exporter.web.connection import Connection
from matomo_archive_exporter.web.connections import Connections

MOST = 3


@dataclass(eq=False)
class Fake:
    """A connection that notes its end."""

    ended: list["Fake"] = field(repr=False)
    until: float = 10.0

    def abort(self) -> None:
        self.ended.append(self)

    def is_overdue(self, now: float) -> bool:
        return now > self.until

    @property
    def connection(self) -> Connection:
        """As the type checker is to see it."""
        return cast(Connection, self)


def crowd(number: int) -> tuple[Connections, list[Fake], list[Fake]]:
    """That many connections, one after the other, and those that were ended."""
    connections, ended = Connections(lambda: MOST), list[Fake]()
    made = [Fake(ended) for _ in range(number)]
    for one in made:
        connections.add(one.connection)
    return connections, made, ended


def test_as_many_as_there_may_be_stay() -> None:
    connections, _, ended = crowd(MOST)
    assert (len(connections), ended) == (MOST, [])


def test_a_new_one_ends_the_oldest() -> None:
    connections, made, ended = crowd(MOST + 2)
    assert (len(connections), ended) == (MOST, made[:2])


def test_one_that_was_useful_is_younger_than_all_others() -> None:
    connections, made, ended = crowd(MOST)
    connections.was_useful(made[0].connection)
    connections.add(Fake(ended).connection)
    assert ended == [made[1]]


def test_one_that_has_ended_takes_no_room_and_is_not_ended_again() -> None:
    connections, made, ended = crowd(MOST)
    connections.remove(made[1].connection)
    connections.was_useful(made[1].connection)
    connections.add(Fake(ended).connection)
    assert (len(connections), ended) == (MOST, [])


def test_fewer_may_be_allowed_later_on() -> None:
    allowed = MOST
    connections, ended = Connections(lambda: allowed), list[Fake]()
    for _ in range(MOST):
        connections.add(Fake(ended).connection)
    allowed = 1
    connections.add(Fake(ended).connection)
    assert (len(connections), len(ended)) == (1, MOST)


def test_all_are_ended_at_the_end() -> None:
    connections, made, ended = crowd(MOST)
    connections.end_all()
    connections.end_oldest()
    assert (len(connections), ended) == (0, made)


def test_those_whose_time_is_up_are_ended_wherever_they_stand() -> None:
    connections, made, ended = crowd(MOST)
    made[1].until = 5
    connections.end_overdue(7)
    assert (len(connections), ended) == (MOST - 1, [made[1]])
