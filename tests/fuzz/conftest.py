"""The properties are tried on the same examples each time, or by `make fuzz` on others.

FUZZ_SECONDS makes it a campaign: each property is tried again and again, until it has had its part
of the time. FUZZ_SHARE ("2/4": the second of four) leaves the rest of the tests to others.
"""

import os
import time
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

SECONDS = float(os.environ.get("FUZZ_SECONDS", "0"))
SHARE, SHARES = (int(part) for part in os.environ.get("FUZZ_SHARE", "1/1").split("/"))

QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large]
if SECONDS:
    settings.register_profile(
        "fuzz",
        settings.get_profile("default"),
        deadline=None,
        max_examples=200,
        suppress_health_check=QUIET,
    )
    settings.load_profile("fuzz")


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


def is_property(item: pytest.Item) -> bool:
    """Whether it is tried on examples."""
    return hasattr(getattr(item, "obj", None), "hypothesis")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of a campaign only: keep the share, the properties at the end, for they fill the time."""
    if SECONDS:
        items[:] = sorted(items[SHARE - 1 :: SHARES], key=is_property)
        properties = sum(map(is_property, items))
        config.stash[CAMPAIGN] = Campaign(properties, time.monotonic() + SECONDS)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Of a campaign only: try a property until its time is over."""
    campaign = pyfuncitem.config.stash.get(CAMPAIGN, None)
    if campaign is None or not is_property(pyfuncitem):
        return None
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
    """Of a campaign only: say how much was tried."""
    campaign = config.stash.get(CAMPAIGN, None)
    for name, (examples, seconds) in campaign.tried.items() if campaign else ():
        terminalreporter.write_line(f"{examples:>9,} examples {seconds:>6.1f} s  {name}")
