"""Types for rules, and their form in a Prometheus rule file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["page", "warning", "info"]
"""page: act now; warning: look today; info: nothing to do"""


@dataclass(frozen=True, slots=True)
class Recording:
    """A query that several alerts use."""

    name: str
    expr: str

    def as_dict(self) -> dict[str, Any]:
        """As an entry of a rule group."""
        return {"record": self.name, "expr": self.expr}


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert. Its `name` is stable: routes, silences and the runbook use it.

    `hold` is how long the query must hold, empty for none. `remedy` is what to run first.
    `board` is the uid of the dashboard that shows the cause. Texts are Prometheus templates and
    may contain settings.
    """

    name: str
    severity: Severity
    expr: str
    hold: str
    summary: str
    description: str
    remedy: str
    board: str
    labels: Mapping[str, str] = field(default_factory=dict)
    outlives_cause: bool = True
    """whether a page keeps firing for a while; False if the query itself bridges a restart"""

    def as_dict(self) -> dict[str, Any]:
        """As an entry of a rule group."""
        return {
            "alert": self.name,
            "expr": self.expr,
            **self._times(),
            "labels": {"severity": self.severity, **self.labels},
            "annotations": dict(self._annotations()),
        }

    def _times(self) -> dict[str, str]:
        """How long it must hold, and for a page how long it outlives its cause.

        Otherwise a restart of the exporter would send a page twice.
        """
        hold = {"for": self.hold} if self.hold else {}
        is_kept = self.severity == "page" and self.outlives_cause
        return hold | ({"keep_firing_for": "<keepFiringFor>"} if is_kept else {})

    def _annotations(self) -> Iterator[tuple[str, str]]:
        yield "summary", self.summary
        yield "description", self.description
        yield "remedy", self.remedy
        yield "runbook_url", f"<runbookUrl>/{self.name}.md"
        chosen = "{{ with $labels.instance }}?var-instance={{ . }}{{ end }}"
        yield "dashboard_url", f"<grafanaUrl>/d/{self.board}{chosen}"


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that Prometheus evaluates in this order."""

    name: str
    rules: tuple[Alert | Recording, ...]
