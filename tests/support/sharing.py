"""How tests share workers: what stays together in one worker, and what begins first.

A group is a file on one server: its tests share an exporter or a database. The tests of one image or
of one machine are a group as well. In a file marked `apart` each test is a group of its own: single
ones take long and share nothing.

Workers take groups in the order of their tests. A worker that meets the next server stops the one
before, so groups of one server follow each other. What takes longest (an image, a machine, a file
marked `early`) comes first: a worker that began it last would keep the others waiting.
"""

import pytest

from tests.support import servers

MARKS = (
    "only_on(names, reason): on these servers alone",
    "apart: each test of the file may run in another worker",
    "early: takes so long that a worker begins with it",
)
_FOLDER = "tests/"
_DEAR = ("image", "machine")
"""fixtures that take long to make, and that containers of the same names are made of"""


def place_in_group(item: pytest.Item) -> None:
    """Give a test the mark that pytest-xdist goes by."""
    item.add_marker(pytest.mark.xdist_group(_group_of(item)))


def in_order(items: list[pytest.Item]) -> list[pytest.Item]:
    """Those that begin first, then server by server, then those without a server in turn."""
    order = {name: place for place, name in enumerate(servers.KINDS)}

    def place(item: pytest.Item) -> tuple[bool, int]:
        is_early = _dear(item) or item.get_closest_marker("early")
        return not is_early, order.get(server_of(item), len(order))

    return sorted(items, key=place)


def server_of(item: pytest.Item) -> str:
    """The name of the server that a test is run on in turn, or ""."""
    call = getattr(item, "callspec", None)
    return str(call.params.get("server_kind", "")) if call else ""


def _dear(item: pytest.Item) -> str:
    return next((name for name in getattr(item, "fixturenames", ()) if name in _DEAR), "")


def _group_of(item: pytest.Item) -> str:
    if dear := _dear(item):
        return dear
    file, _, test = item.nodeid.partition("::")
    parts = [file.removeprefix(_FOLDER).removesuffix(".py")]
    parts += [test] if item.get_closest_marker("apart") else []
    return " ".join(filter(None, [*parts, server_of(item)]))
