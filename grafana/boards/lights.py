"""Traffic lights that more than one board begins with, and where they turn orange and red."""

from typing import Any

from grafana.boards.panels import GREEN, ORANGE, RED, About, Area, Shown, light

HOUR = 3600.0
MEMORY_STEPS = ((None, GREEN), (0.8, ORANGE), (1.0, RED))
AGE_STEPS = ((None, GREEN), (2 * HOUR, ORANGE), (26 * HOUR, RED))
SOME_STEPS = ((None, GREEN), (1.0, ORANGE))
NO_LIMIT_NEEDED = Shown("none needed", GREEN, 1e15)
BATCHES = (NO_LIMIT_NEEDED, Shown("ask advise", ORANGE, 0, 0.5))

_DRAIN_STEPS = ((None, GREEN), (24 * HOUR, ORANGE), (7 * 24 * HOUR, RED))
_DRAINS = (Shown("not draining", ORANGE, 1e9), Shown("few rows", GREEN, 0, 0.5))
_VERDICTS = (Shown("YES", RED, 1.0), Shown("Nearly", ORANGE, 0.8, 1.0), Shown("No", GREEN, 0, 0.8))
_NONE = "no forecast"


def will_it_die(x: int, ratio: str, where: str = "") -> Any:
    """Yes or no. `where` says of which instance, on a board of several."""
    text = (
        "Whether the next core:archive needs more memory than its memory_limit lets it"
        f" use{where}. Nearly: more than 80 % of it."
    )
    about = About("Will the next run die?", text, "percentunit", _NONE)
    return light(about, Area(x, 0, 4, 4), ratio, MEMORY_STEPS, *_VERDICTS)


def memory_needed(x: int, title: str, text: str, ratio: str) -> Any:
    """How much of what PHP can use."""
    return light(About(title, text, "percentunit", _NONE), Area(x, 0, 4, 4), ratio, MEMORY_STEPS)


def batch_limit(x: int, archives: str, where: str = "") -> Any:
    """The archive limit that is safe."""
    text = (
        "The --max-archives-to-process that keeps each run below 80 % of its memory"
        f" limit{where}. Ask advise: none is sure to, and matomo-archive-exporter advise tells what"
        " else there is."
    )
    about = About("Limit a run to … archives", text, "none", _NONE)
    return light(about, Area(x, 0, 4, 4), archives, ((None, ORANGE),), *BATCHES)


def empty_in(x: int, seconds: str, text: str) -> Any:
    """How long the queue takes."""
    about = About("Queue empty in", text, "s")
    return light(about, Area(x, 0, 4, 4), seconds, _DRAIN_STEPS, *_DRAINS)
