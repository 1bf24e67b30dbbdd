"""Replays metrics, minute by minute, through alert rules in Prometheus' own tester.

Its clock begins at 0. The replay begins 25 hours later; no series exists before.
"""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import isinf
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.process import REPOSITORY
from tests.support.tools import prometheus_tool

BEGIN = 90_000
"""seconds on the tester's clock"""
RULES = REPOSITORY / "grafana" / "rules" / "matomo-archive.yml"
_MINUTE = 60
_TARGET = (("instance", "matomo-a:16286"), ("job", "matomo"))

Label = tuple[str, str]
Series = tuple[str, frozenset[Label]]
"""name of the metric, its labels without job and instance"""
Values = Mapping[Series, float | None]
"""None where the page leaves the series out"""
Moment = tuple[int, Values]
"""minutes since the beginning, and what is shown from then until the next moment"""


@dataclass(frozen=True, slots=True)
class Question:
    """A query at a minute since the beginning; `answers` are values by labels, none for nothing."""

    minute: int
    query: str
    answers: Mapping[frozenset[Label], float]


def series(name: str, **labels: str) -> Series:
    """The series of that name and these labels."""
    return name, frozenset(labels.items())


def nothing(minute: int, query: str) -> Question:
    """That the query has no answer."""
    return Question(minute, query, {})


def problems(moments: Sequence[Moment], questions: Sequence[Question]) -> str:
    """Promtool's report of wrong answers; empty if all are right.

    The last moment holds until the last question.
    """
    last = max(question.minute for question in questions)
    content = {
        "rule_files": [str(RULES)],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [*_input(moments, last)],
                "promql_expr_test": [_test(question) for question in questions],
            }
        ],
    }
    with TemporaryDirectory() as folder:
        path = Path(folder) / "day.json"  # JSON is YAML
        path.write_text(json.dumps(content), encoding="utf-8")
        command = [str(prometheus_tool("promtool")), "test", "rules", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def _input(moments: Sequence[Moment], last: int) -> Iterator[dict[str, str]]:
    names = dict.fromkeys(name for _, values in moments for name in values)
    ends = [*moments, (last + 1, {})]
    for name, labels in names:
        shown = [
            value
            for (minute, values), (end, _) in pairwise(ends)
            for value in [values.get((name, labels))] * (min(end, last + 1) - minute)
        ]
        yield {
            "series": name + _braces(labels | set(_TARGET)),
            "values": " ".join(_notation(moments[0][0], shown)),
        }


def _notation(first: int, shown: Sequence[float | None]) -> Iterator[str]:
    """Values of successive minutes as promtool writes them; a series that goes is stale at once."""
    yield f"_x{BEGIN // _MINUTE + first}"
    was_there = False
    for value, same in groupby(shown):
        count = len([*same])
        if value is not None and isinf(value):
            yield from ["Inf"] * count  # promtool knows no Infx9
        elif value is not None:
            yield f"{float(value)!r}x{count - 1}"
        elif was_there:
            yield f"stale _x{count - 1}" if count > 1 else "stale"
        else:
            yield f"_x{count}"
        was_there = value is not None


def _test(question: Question) -> dict[str, object]:
    return {
        "expr": question.query,
        "eval_time": f"{BEGIN // _MINUTE + question.minute}m",
        "exp_samples": [
            {"labels": _braces(labels), "value": value}
            for labels, value in question.answers.items()
        ],
    }


def _braces(labels: frozenset[Label]) -> str:
    return "{" + ", ".join(f"{name}={json.dumps(value)}" for name, value in sorted(labels)) + "}"
