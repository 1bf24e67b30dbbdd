"""Measure the figures of docs/performance.md, and print them.

python -m benchmarks            all but the largest data set
python -m benchmarks cost       what a reading costs the database, on S, M and F
python -m benchmarks large      the same on L: 27 million rows, 5 minutes to load
python -m benchmarks scrape     start, latency, CPU and memory of scrapes, on S
python -m benchmarks accuracy   forecasts compared with recorded runs
python -m benchmarks forecast   what a forecast costs, on S
python -m benchmarks current_run  what a run that is going on costs in each reading, on S
python -m benchmarks memory     memory over 10,000 scrapes and 1,000 readings
python -m benchmarks hostile_clients  delay of a good client by hostile ones, and how long they last
python -m benchmarks soak       30 minutes (SOAK_MINUTES) of readings and scrapes, on S
"""

import os
import platform
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import cost, current_run, forecast, hostile_clients, memory, scrape, soak

_HEAD = """\
| set | COUNT(*), CPU s | reading, CPU s | ratio of CPU | ratio of wall | longest, s | statements \
| resident, MiB |
|---|---|---|---|---|---|---|---|"""


def _cost(*names: str) -> Iterator[str]:
    yield _HEAD
    for name in names:
        yield from cost.report(name, rounds=3 if name == "L" else 9)


def _machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2] for line in lines if line.startswith("model name")), "")
    return f"{os.cpu_count()} x {model.strip()}, Python {platform.python_version()}"


def main(arguments: list[str]) -> None:
    """Run the parts named, or all but `large`."""
    parts: dict[str, Callable[[], Iterator[str]]] = {
        "cost": lambda: _cost("S", "M", "F"),
        "large": lambda: _cost("L"),
        "scrape": lambda: scrape.report("S"),
        "accuracy": forecast.accuracy,
        "forecast": lambda: forecast.cost("S"),
        "current_run": lambda: current_run.report("S"),
        "memory": lambda: memory.report("S"),
        "hostile_clients": hostile_clients.report,
        "soak": lambda: soak.report("S"),
    }
    unknown = [name for name in arguments if name not in parts]
    if unknown:
        sys.exit(__doc__)
    print(_machine())
    for name in arguments or (
        "cost",
        "accuracy",
        "forecast",
        "current_run",
        "scrape",
        "memory",
        "hostile_clients",
        "soak",
    ):
        for line in parts[name]():
            print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
