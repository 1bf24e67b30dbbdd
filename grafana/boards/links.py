"""Links between boards, and from values to boards and runbooks."""

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
    """The address of a board with the variables that all boards share, and with more of them.

    A board of one instance shows nothing if it is given several, or all.
    """
    return f"/d/{uid}?{'&'.join((_SHARED, *variables))}"


def at_time(url: str) -> str:
    """The address with the chosen time range."""
    return f"{url}&{_TIME}"


def of_instance(uid: str, instance: str) -> str:
    """A board for the instance of a value."""
    return at_time(board(uid, f"var-instance={instance}"))


OF_LABEL = "${__field.labels.instance}"
OF_CELL = "${__value.raw}"


def runbook(alert: str) -> str:
    """The address of a runbook."""
    return f"{RUNBOOKS}/{alert}.md"


def navigation(of_many: bool) -> Iterator[tuple[str, str]]:
    """Names and addresses of all boards; a board of one instance passes its instance on."""
    kept = () if of_many else ("${instance:queryparam}",)
    for title, uid in BOARDS:
        yield title, board(uid, *kept)
