"""Periods, by the numbers that Matomo stores (`Piwik::$idPeriods`)."""

from collections.abc import Mapping
from typing import Literal

PeriodLabel = Literal["day", "week", "month", "year", "range"]
LABELS: Mapping[int, PeriodLabel] = {1: "day", 2: "week", 3: "month", 4: "year", 5: "range"}
