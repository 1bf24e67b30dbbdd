"""The landing page: the version, links, and the state of each collector."""

import html
import time

from matomo_archive_exporter import __version__
from matomo_archive_exporter.collecting.html_page import page
from matomo_archive_exporter.metrics.exporter import CollectorState

_BODY = """\
<h1>Matomo archive exporter</h1>
{verdicts}
<p>Version {version}. It reads Matomo's archiving queue for Prometheus.</p>
<ul>
<li><a href="/advice">Advice</a>: the verdict and what to do</li>
<li><a href="{path}">Metrics</a></li>
<li><a href="/-/healthy">Health</a>: the exporter runs</li>
<li><a href="/-/ready">Readiness</a>: the first reading is complete</li>
</ul>
<table>
<tr><th>Collector</th><th>State</th><th>Last success</th><th>Duration</th></tr>
{rows}
</table>"""
_ROW = '<tr><td>{name}</td><td class="{kind}">{state}</td><td>{ago}</td><td>{took}</td></tr>'
_UNDER_WAY = '<tr><td colspan="4">The first reading is running.</td></tr>'


def landing_page(
    states: list[CollectorState], telemetry_path: str, verdicts: str = "", *, has_read: bool = True
) -> str:
    """HTML that opens with the `verdicts` on this run and the next, which are HTML too.

    The last line of the table says whether the first reading is still running.
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
    reasons = ", ".join(f"{reason} {count:,}x" for reason, count in state.errors.items() if count)
    failing = f"fails ({reasons} since the start)" if reasons else "its values are too old"
    return _ROW.format(
        name=html.escape(state.name),
        kind="good" if state.success else "bad",
        state="works" if state.success else html.escape(failing),
        ago=_ago(state.last_success),
        took=f"{state.duration:.3f} s",
    )


def _ago(moment: float | None) -> str:
    return "never" if moment is None else f"{max(0, time.time() - moment):.0f} s ago"
