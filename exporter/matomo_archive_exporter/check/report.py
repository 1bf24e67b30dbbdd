"""The answer of `check`: text for people and JSON for programs."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Literal

Status = Literal["ok", "missing", "note"]
_MARKS: dict[Status, str] = {"ok": "ok", "missing": "MISSING", "note": "note"}


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check. `remedies` are statements or commands, with `--` before comments."""

    section: str
    verdict: Status
    text: str
    remedies: tuple[str, ...] = ()
    collectors: tuple[str, ...] = ()
    """those that cannot work because of it"""


@dataclass(frozen=True, slots=True)
class Report:
    """All results, and for each collector why it cannot work (None: it can)."""

    results: tuple[CheckResult, ...]
    collectors: dict[str, str | None]

    @property
    def all_work(self) -> bool:
        """Whether every collector can work."""
        return all(why is None for why in self.collectors.values())


def as_json(report: Report) -> dict[str, object]:
    """A JSON object: `all_work`, `findings`, `collectors`."""
    return {
        "all_work": report.all_work,
        "findings": [asdict(result) for result in report.results],
        "collectors": report.collectors,
    }


def as_lines(report: Report) -> Iterator[str]:
    """Sections with a line for each result, then what to run."""
    yield from _results(report)
    yield from _collectors(report)
    yield from _remedies(report)


def _results(report: Report) -> Iterator[str]:
    section = ""
    for mark, at, text in dict.fromkeys((r.verdict, r.section, r.text) for r in report.results):
        if at != section:
            section = at
            yield section
        yield f"  {_MARKS[mark]:<8} {text}"


def _collectors(report: Report) -> Iterator[str]:
    """A line for each that works, and one for all that fail for the same reason."""
    yield "collectors"
    yield from (f"  {'ok':<8} {name}" for name, why in report.collectors.items() if why is None)
    for reason in dict.fromkeys(why for why in report.collectors.values() if why is not None):
        names = (name for name, why in report.collectors.items() if why == reason)
        yield f"  {'MISSING':<8} {', '.join(names)}: {reason}"


def _remedies(report: Report) -> Iterator[str]:
    remedies = [remedy for result in report.results for remedy in result.remedies]
    if remedies:
        yield "what to do"
        yield from (f"  {remedy}" for remedy in dict.fromkeys(remedies))
