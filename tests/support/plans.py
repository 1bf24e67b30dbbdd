"""Plans of runs, by the rules of a version."""

from dataclasses import replace
from typing import Any

from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.matomo.simulation.run_plan import RunPlan
from matomo_archive_exporter.matomo.version import behaviour
from tests.support.invalidations import NEW_DIGITS

PDO, MYSQLI = "PDO\\MYSQL", "MYSQLI"


def run_plan(
    version: str = "5.2.2", adapter: str = PDO, digits: int = NEW_DIGITS, **config: Any
) -> RunPlan:
    """Of a version, with core:archive run as given."""
    return RunPlan(ArchiverConfig(adapter, **config), behaviour(version, adapter), digits)


def configured(plan: RunPlan, **changes: Any) -> RunPlan:
    """The same with core:archive run otherwise."""
    return replace(plan, config=replace(plan.config, **changes))


def ruled(plan: RunPlan, **changes: Any) -> RunPlan:
    """The same with some rules of another version."""
    return replace(plan, behaviour=replace(plan.behaviour, **changes))
