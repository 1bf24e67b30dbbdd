"""`make fuzz`: tries each property on other examples for its share of the time.

A plugin of pytest. FUZZ_SECONDS are all its time, FUZZ_SHARE ("2/4": the second of four) leaves the
rest of the properties to others.
"""

import os
import time
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

SECONDS = float(os.environ["FUZZ_SECONDS"])
SHARE, SHARES = (int(part) for part in os.environ["FUZZ_SHARE"].split("/"))

QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile(
    "fuzz",
    settings.get_profile("default"),
    deadline=None,
    max_examples=200,
    suppress_health_check=QUIET,
)


@dataclass(slots=True)
class Campaign:
    """How many properties are left, until when, and what was tried of each so far."""

    left: int
    ends: float
    tried: dict[str, tuple[int, float]] = field(default_factory=dict)

    def turn(self) -> float:
        """When the next property has had its part of the time that is left."""
        now = time.monotonic()
        end = now + (self.ends - now) / self.left
        self.left -= 1
        return end


CAMPAIGN = pytest.StashKey[Campaign]()


def pytest_sessionstart() -> None:
    """Take other examples each time, unlike `make test`."""
    settings.load_profile("fuzz")


def is_property(item: pytest.Item) -> bool:
    """Whether it is tried on examples."""
    return hasattr(getattr(item, "obj", None), "hypothesis")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the share of the properties, and nothing else."""
    items[:] = [item for item in items if is_property(item)][SHARE - 1 :: SHARES]
    config.stash[CAMPAIGN] = Campaign(len(items), time.monotonic() + SECONDS)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool:
    """Try a property until its time is over."""
    campaign = pyfuncitem.config.stash[CAMPAIGN]
    handle = pyfuncitem.obj.hypothesis
    inner, examples, begun, end = handle.inner_test, 0, time.monotonic(), campaign.turn()

    @wraps(inner)
    def counted(*arguments: Any, **named: Any) -> Any:
        nonlocal examples
        examples += 1
        return inner(*arguments, **named)

    handle.inner_test = counted
    arguments = {n: pyfuncitem.funcargs[n] for n in pyfuncitem._fixtureinfo.argnames}
    try:
        pyfuncitem.obj(**arguments)
        while time.monotonic() < end:
            pyfuncitem.obj(**arguments)
    finally:
        handle.inner_test = inner
        campaign.tried[pyfuncitem.nodeid] = examples, time.monotonic() - begun
    return True


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say how much was tried."""
    for name, (examples, seconds) in config.stash[CAMPAIGN].tried.items():
        terminalreporter.write_line(f"{examples:>9,} examples {seconds:>6.1f} s  {name}")
