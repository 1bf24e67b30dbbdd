"""Traffic lights that more than one board begins with, and where they turn orange and red.

None is green or reassuring without data: the base of every light is grey.
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
BATCHES = (NO_LIMIT_NEEDED, Shown("ask advise", ORANGE, 0, 0.5))
DEATHS = (
    Shown("survives", GREEN, SURVIVES - 0.5, SURVIVES + 0.5),
    Shown("at once", RED, 0, 0.5),
)
NEVER_DIED = Shown("never seen", GREEN, -1, -0.5)
DRAINS = (Shown("not draining", ORANGE, ENDLESS), Shown("few rows", GREEN, 0, 0.5))
VERDICTS = (Shown("YES", RED, 1.0), Shown("Nearly", ORANGE, 0.8, 1.0), Shown("No", GREEN, 0, 0.8))
NOT_KNOWN = "not known"

SAFE_STEPS = ((0.0, ORANGE),)
AFTER_STEPS = ((0.0, RED),)


def will_it_die(area: Area, ratio: str, link: str, where: str = "") -> Any:
    """Yes or no. `where` says of which instance, on a board of several."""
    text = (
        "Whether the next core:archive needs more memory than its memory_limit allows"
        f"{where}. Nearly: it needs more than 80 % of it."
    )
    about = About("Will the next run die?", text, "percentunit", NOT_KNOWN)
    return light(about, area, ratio, MEMORY_STEPS, *VERDICTS, link=link)


def this_run_dies(area: Area, ratio: str, link: str, where: str = "") -> Any:
    """The same of the run that is going on."""
    text = (
        "Whether the core:archive that is going on needs more memory than its memory_limit allows"
        f"{where}."
    )
    about = About("This run dies?", text, "percentunit", "no run seen")
    return light(about, area, ratio, MEMORY_STEPS, *VERDICTS, link=link)


def dies_after(area: Area, archives: str, link: str, empty: str = NOT_KNOWN) -> Any:
    """Where it dies."""
    text = "Archives that the next core:archive builds before it runs out of memory."
    about = About("It dies after", text, "suffix:archives", empty)
    return light(about, area, archives, AFTER_STEPS, *DEATHS, link=link)


def where_it_dies(area: Area, place: str) -> Any:
    """The place in words."""
    about = About(
        "Where the next run dies",
        "Archives that it builds before it runs out of memory, of all that it would build, and the"
        " site that it works on then.",
        "none",
        NOT_KNOWN,
    )
    return sentence(about, area, Ask(place, "{{place}}"), ((0.0, GREEN), (1.0, RED)))


def memory_needed(area: Area, title: str, text: str, ratio: str, link: str) -> Any:
    """How many times what PHP can use."""
    about = About(title, text, TIMES, NOT_KNOWN)
    return light(about, area, ratio, MEMORY_STEPS, MANY_TIMES, link=link)


def empty_in(area: Area, seconds: str, text: str, link: str, empty: str = NOT_KNOWN) -> Any:
    """How long the queue takes."""
    about = About("Queue empty in", text, "s", empty)
    return light(about, area, seconds, DRAIN_STEPS, *DRAINS, link=link)


def run_with(area: Area, archives: str, link: str, empty: str = NOT_KNOWN) -> Any:
    """What to run, as a command to copy."""
    about = About(
        "Run core:archive with",
        "The archive limit that keeps each run below 80 % of its memory limit. advise lists what"
        " else helps; it is shown where no limit is safe.",
        "prefix:./console core:archive --max-archives-to-process=",
        empty,
    )
    shown = (
        Shown("./console core:archive (no limit needed)", GREEN, ENDLESS),
        Shown("matomo-archive-exporter advise", ORANGE, 0, 0.5),
    )
    return light(about, area, archives, SAFE_STEPS, *shown, link=link, size=18)
