"""Periods, by the numbers that Matomo stores (`Piwik::$idPeriods`)."""

from typing import Literal

PeriodLabel = Literal["day", "week", "month", "year", "range"]
LABELS: dict[int, PeriodLabel] = {1: "day", 2: "week", 3: "month", 4: "year", 5: "range"}
