"""The landing page: which exporter, its links, and how each collector fares."""

import html
import time

from matomo_archive_exporter import __version__
from matomo_archive_exporter.collecting.html_page import page
from matomo_archive_exporter.metrics.exporter import CollectorState

_BODY = """\
<h1>Matomo archive exporter</h1>
{verdicts}
<p>Version {version}. Reads Matomo's archiving queue for Prometheus.</p>
<ul>
<li><a href="/advice">Advice</a>: what is the matter, and what to run</li>
<li><a href="{path}">Metrics</a></li>
<li><a href="/-/healthy">Health</a>: the process and its reading loop live</li>
<li><a href="/-/ready">Readiness</a>: a first reading was completed</li>
</ul>
<table>
<tr><th>Collector</th><th>State</th><th>Last success</th><th>Took</th></tr>
{rows}
</table>"""
_ROW = '<tr><td>{name}</td><td class="{kind}">{state}</td><td>{ago}</td><td>{took}</td></tr>'
_UNDER_WAY = '<tr><td colspan="4">the first reading is under way</td></tr>'


def landing_page(
    states: list[CollectorState], telemetry_path: str, verdicts: str = "", *, has_read: bool = True
) -> str:
    """HTML; until the first reading has come to its end it says so below what was read.

    It opens with the `verdicts` on this run and the next, which are HTML.
    """
    rows = [*map(_row, states), *([] if has_read else [_UNDER_WAY])]
    body = _BODY.format(
        verdicts=verdicts,
        version=html.escape(__version__),
        path=html.escape(telemetry_path),
        rows="\n".join(rows),
    )
    return page("Matomo archive exporter", body)


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
