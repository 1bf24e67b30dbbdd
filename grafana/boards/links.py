"""Where boards and values lead to."""

from collections.abc import Iterator

from grafana import uids
from grafana.alerts.settings import SETTINGS

RUNBOOKS = SETTINGS["runbookUrl"].default
DOCS = f"{RUNBOOKS}.md"
_SHARED = "&".join(
    f"${{{name}:queryparam}}" for name in ("datasource", "cluster", "namespace", "job")
)
_TIME = "${__url_time_range}"

BOARDS = (
    ("Overview", uids.OVERVIEW),
    ("Queue", uids.QUEUE),
    ("Overlaps and memory", uids.MEMORY),
)


def board(uid: str, *variables: str) -> str:
    """A board with the choices that all boards share, and with further variables.

    Boards of one instance show nothing when they are given several, or all.
    """
    return f"/d/{uid}?{'&'.join((_SHARED, *variables))}"


def at_time(url: str) -> str:
    """The same at the times that are looked at."""
    return f"{url}&{_TIME}"


def of_instance(uid: str, instance: str) -> str:
    """A board of the instance that a value belongs to."""
    return at_time(board(uid, f"var-instance={instance}"))


OF_LABEL = "${__field.labels.instance}"
OF_CELL = "${__value.raw}"


def runbook(alert: str) -> str:
    """The page of an alert."""
    return f"{RUNBOOKS}/{alert}.md"


def navigation(of_many: bool) -> Iterator[tuple[str, str]]:
    """Names and addresses of all boards; from a board of one instance they keep it."""
    kept = () if of_many else ("${instance:queryparam}",)
    for title, uid in BOARDS:
        yield title, board(uid, *kept)
