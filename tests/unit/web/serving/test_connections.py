"""The number of connections is limited, and useless ones go first."""

from dataclasses import dataclass, field
from typing import cast

from matomo_archive_exporter.web.serving.connections import Connection, Connections

MOST, MOST_SILENT = 3, 2


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


def come(connections: Connections, ended: list[Fake], number: int, *, speak: bool) -> list[Fake]:
    """That many new ones, one after the other."""
    made = [Fake(ended) for _ in range(number)]
    for one in made:
        connections.add(one.connection)
        if speak:
            connections.on_first_byte(one.connection)
    return made


def crowd(number: int) -> tuple[Connections, list[Fake], list[Fake]]:
    """That many connections that have spoken, and those that were ended."""
    connections, ended = Connections(MOST_SILENT, lambda: MOST), list[Fake]()
    return connections, come(connections, ended, number, speak=True), ended


def test_as_many_as_there_may_be_stay() -> None:
    connections, _, ended = crowd(MOST)
    come(connections, ended, MOST_SILENT, speak=False)
    assert (len(connections), ended) == (MOST + MOST_SILENT, [])


def test_a_new_one_ends_the_oldest() -> None:
    connections, made, ended = crowd(MOST + 2)
    assert (len(connections), ended) == (MOST, made[:2])


def test_silent_connections_end_each_other_and_no_active_one() -> None:
    connections, _, ended = crowd(MOST)
    silent = come(connections, ended, 10, speak=False)
    assert (len(connections), ended) == (MOST + MOST_SILENT, silent[:-MOST_SILENT])


def test_one_that_was_useful_is_younger_than_all_others() -> None:
    connections, made, ended = crowd(MOST)
    connections.touch(made[0].connection)
    come(connections, ended, 1, speak=True)
    assert ended == [made[1]]


def test_one_that_has_ended_takes_no_room_and_is_not_ended_again() -> None:
    connections, made, ended = crowd(MOST)
    connections.remove(made[1].connection)
    connections.touch(made[1].connection)
    come(connections, ended, 1, speak=True)
    assert (len(connections), ended) == (MOST, [])


def test_fewer_may_be_allowed_later_on() -> None:
    allowed = MOST
    connections, ended = Connections(MOST_SILENT, lambda: allowed), list[Fake]()
    come(connections, ended, MOST, speak=True)
    allowed = 1
    come(connections, ended, 1, speak=True)
    assert (len(connections), len(ended)) == (1, MOST)


def test_a_silent_connection_ends_first_when_room_is_short() -> None:
    connections, made, ended = crowd(2)
    silent = come(connections, ended, 1, speak=False)
    for _ in range(5):
        connections.make_room()
    assert ended == [*silent, *made]


def test_all_are_ended_at_the_end() -> None:
    connections, made, ended = crowd(MOST)
    connections.end_all()
    assert (len(connections), ended) == (0, made)


def test_overdue_connections_are_ended_at_every_position() -> None:
    connections, made, ended = crowd(MOST)
    silent = come(connections, ended, MOST_SILENT, speak=False)
    made[1].until = silent[0].until = 5
    connections.end_overdue(7)
    assert ended == [silent[0], made[1]]
