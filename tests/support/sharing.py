"""How tests share workers: which stay together in one worker, and which begin first.

A group is a file on one server: its tests share an exporter or a database. Workers take groups in
the order of their tests. A worker that meets the next server stops the one before, so groups of one
server follow each other.

Groups go by the names of tests: pytest-xdist 3.8 does not see its own marks under pytest 9.2.
"""

import re

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.support import servers

# The longest come first: a worker that began one of them last would keep the others waiting.
_EARLY = (
    "grafana/test_queries.py",
    "image/",
    "systemd/",
    "grafana/test_days.py",
    "end_to_end/faults/test_faults_wire.py",
    "end_to_end/test_hostile_crowds.py",
    "end_to_end/test_pages.py",
    "end_to_end/test_hostile_clients.py",
    "end_to_end/test_hostile_leaks.py",
    "end_to_end/test_leaks.py",
    "end_to_end/test_secrets.py",
    "compose/",
    "install/test_machine.py",
    "release/test_try.py",
)
# Files whose tests are a group together: those of one image, and those of one machine.
_TOGETHER = {
    "image/": "image",
    "compose/test_scripts.py": "image",
    "install/test_machine.py": "image",
    "release/test_try.py": "image",
    "systemd/": "machine",
}
# Files in which each test is a group: single ones take long and share nothing.
_APART = ("grafana/test_rules.py",)
_SERVER = re.compile(rf"[\[-]({'|'.join(map(re.escape, servers.KINDS))})[\]-]")


class Groups(LoadScopeScheduling):  # type: ignore[misc]  # it has no types
    """Gives each worker one group after the other."""

    def _split_scope(self, nodeid: str) -> str:
        return _group_of(nodeid)


def in_order(items: list[pytest.Item]) -> list[pytest.Item]:
    """The long ones, then server by server, then those without a server in turn."""
    order = {name: place for place, name in enumerate(servers.KINDS)}

    def place(item: pytest.Item) -> tuple[int, int]:
        return _priority(item.nodeid), order.get(server_of(item), len(order))

    return sorted(items, key=place)


def server_of(item: pytest.Item) -> str:
    """The name of the server that a test is run on in turn, or ""."""
    call = getattr(item, "callspec", None)
    return str(call.params.get("server_kind", "")) if call else ""


def _priority(nodeid: str) -> int:
    name = nodeid.removeprefix("tests/")
    return next((n for n, file in enumerate(_EARLY) if name.startswith(file)), len(_EARLY))


def _group_of(nodeid: str) -> str:
    name = nodeid.removeprefix("tests/")
    if name.startswith(_APART):
        return name
    for file, group in _TOGETHER.items():
        if name.startswith(file):
            return group
    server = _SERVER.search(name)
    return f"{name.partition('::')[0]} {server[1] if server else ''}"
