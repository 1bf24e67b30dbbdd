"""What is served: the metrics, rendered after each reading and when a value has become too old, and
the landing page: which exporter, its links, and how each collector fares.
"""

import html
import threading
import time

from matomo_archive_exporter import __version__
from matomo_archive_exporter.collecting.target import Target
from matomo_archive_exporter.metrics.exporter import CollectorState
from matomo_archive_exporter.web.formats import Page, render

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Matomo archive exporter</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem;
       color: #222; background: #fff; }}
table {{ border-collapse: collapse; margin: 1rem 0; }}
th, td {{ text-align: left; padding: .3rem 1.5rem .3rem 0; border-bottom: 1px solid #ddd; }}
.good {{ color: #17692f; }} .bad {{ color: #b00020; font-weight: 600; }}
a {{ color: #0b57a4; }}
@media (prefers-color-scheme: dark) {{ body {{ color: #ddd; background: #16181b; }}
  th, td {{ border-color: #444; }} a {{ color: #7db7ef; }} .good {{ color: #6fce8a; }}
  .bad {{ color: #ff8a8a; }} }}
</style>
</head>
<body>
<h1>Matomo archive exporter</h1>
<p>Version {version}. Reads Matomo's archiving queue for Prometheus.</p>
<ul>
<li><a href="{path}">Metrics</a></li>
<li><a href="/-/healthy">Health</a>: the process and its reading loop live</li>
<li><a href="/-/ready">Readiness</a>: a first reading was completed</li>
</ul>
<table>
<tr><th>Collector</th><th>State</th><th>Last success</th><th>Took</th></tr>
{rows}
</table>
</body>
</html>
"""
_ROW = '<tr><td>{name}</td><td class="{kind}">{state}</td><td>{ago}</td><td>{took}</td></tr>'
_UNDER_WAY = '<tr><td colspan="4">the first reading is under way</td></tr>'


class Pages:
    """The page of a target: rendered after each reading, and again when a value becomes too old."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._lock = threading.Lock()
        self.publish()

    def publish(self) -> None:
        """Render what is known now."""
        with self._lock:
            expires = self._target.next_expiry()
            self._page = render(self._target.families(), expires)

    def current(self) -> Page:
        """The page to serve; a value past its age is never on it."""
        if time.monotonic() >= self._page.expires:
            self.publish()
        return self._page


def landing_page(
    states: list[CollectorState], telemetry_path: str, *, has_read: bool = True
) -> str:
    """HTML; until the first reading has come to its end it says so below what was read."""
    rows = [*map(_row, states), *([] if has_read else [_UNDER_WAY])]
    return _PAGE.format(
        version=html.escape(__version__),
        path=html.escape(telemetry_path),
        rows="\n".join(rows),
    )


def _row(state: CollectorState) -> str:
    reasons = ", ".join(f"{reason} {count}x" for reason, count in state.errors.items() if count)
    failing = f"failing ({reasons} since the start)" if reasons else "values are too old"
    return _ROW.format(
        name=html.escape(state.name),
        kind="good" if state.success else "bad",
        state="works" if state.success else html.escape(failing),
        ago=_ago(state.last_success),
        took=f"{state.duration:.3f} s",
    )


def _ago(moment: float | None) -> str:
    return "never" if moment is None else f"{max(0, time.time() - moment):.0f} s ago"
