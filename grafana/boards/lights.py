"""Traffic lights that several boards start with, and their limits.

A light without data is grey, never green.
"""

from typing import Any

from grafana.boards.panels import (
    GREEN,
    ORANGE,
    RED,
    TIMES,
    About,
    Area,
    Ask,
    Shown,
    light,
    sentence,
)
from grafana.boards.queries import ENDLESS, SURVIVES

HOUR = 3600.0
MEMORY_STEPS = ((0.0, GREEN), (0.8, ORANGE), (1.0, RED))
AGE_STEPS = ((0.0, GREEN), (2 * HOUR, ORANGE), (26 * HOUR, RED))
SOME_STEPS = ((0.0, GREEN), (1.0, ORANGE))
DRAIN_STEPS = ((0.0, GREEN), (24 * HOUR, ORANGE), (7 * 24 * HOUR, RED))
DEATH_STEPS = ((0.0, RED), (24 * HOUR, ORANGE))

MANY_TIMES = Shown("more than 10 x", RED, 10.0)
NO_LIMIT_NEEDED = Shown("no limit", GREEN, ENDLESS)
BATCHES = (NO_LIMIT_NEEDED, Shown("run advise", ORANGE, 0, 0.5))
DEATHS = (
    Shown("survives", GREEN, SURVIVES - 0.5, SURVIVES + 0.5),
    Shown("at once", RED, 0, 0.5),
)
NEVER_DIED = Shown("never seen", GREEN, -1, -0.5)
DRAINS = (Shown("not draining", ORANGE, ENDLESS), Shown("few rows", GREEN, 0, 0.5))
VERDICTS = (
    Shown("dies", RED, 1.0),
    Shown("nearly dies", ORANGE, 0.8, 1.0),
    Shown("survives", GREEN, 0, 0.8),
)
NOT_KNOWN = "not known"

SAFE_STEPS = ((0.0, ORANGE),)
AFTER_STEPS = ((0.0, RED),)


_VERDICT = (
    "dies: it needs more memory than PHP may use of memory_limit. nearly dies: it needs more than"
    " 80 % of that."
)


def this_run(area: Area, ratio: str, link: str, where: str = "") -> Any:
    """The verdict on the current run. `where` names the instance, on a board of several."""
    text = f"The core:archive that runs now{where}. {_VERDICT}"
    about = About("This run", text, "percentunit", "no run seen")
    return light(about, area, ratio, MEMORY_STEPS, *VERDICTS, link=link)


def next_run(area: Area, ratio: str, link: str, where: str = "") -> Any:
    """The verdict on the next run."""
    text = f"The next core:archive{where}. {_VERDICT}"
    about = About("The next run", text, "percentunit", NOT_KNOWN)
    return light(about, area, ratio, MEMORY_STEPS, *VERDICTS, link=link)


def dies_after(area: Area, archives: str, link: str, empty: str = NOT_KNOWN) -> Any:
    """The place of death of the next run, in archives."""
    text = "The next core:archive builds so many archives before it runs out of memory."
    about = About("It dies after", text, "suffix:archives", empty)
    return light(about, area, archives, AFTER_STEPS, *DEATHS, link=link)


def where_it_dies(area: Area, place: str) -> Any:
    """The place of death of the next run, in words."""
    about = About(
        "Where the next run dies",
        "After how many of its archives the next run runs out of memory, and at which site.",
        "none",
        NOT_KNOWN,
    )
    return sentence(about, area, Ask(place, "{{place}}"), ((0.0, GREEN), (1.0, RED)))


def memory_needed(area: Area, title: str, text: str, ratio: str, link: str) -> Any:
    """The memory of a run, in multiples of what PHP may use."""
    about = About(title, text, TIMES, NOT_KNOWN)
    return light(about, area, ratio, MEMORY_STEPS, MANY_TIMES, link=link)


def empty_in(area: Area, seconds: str, text: str, link: str, empty: str = NOT_KNOWN) -> Any:
    """The time until the queue is empty."""
    about = About("Queue empty in", text, "s", empty)
    return light(about, area, seconds, DRAIN_STEPS, *DRAINS, link=link)


def run_with(area: Area, archives: str, link: str, empty: str = NOT_KNOWN) -> Any:
    """The command with the safe archive limit, to copy."""
    about = About(
        "Run core:archive with",
        "The archive limit that keeps each run below 80 % of memory_limit. If no limit is safe, run"
        " advise: it lists all remedies.",
        "prefix:./console core:archive --max-archives-to-process=",
        empty,
    )
    shown = (
        Shown("./console core:archive (no limit needed)", GREEN, ENDLESS),
        Shown("matomo-archive-exporter advise", ORANGE, 0, 0.5),
    )
    return light(about, area, archives, SAFE_STEPS, *shown, link=link, size=18)
