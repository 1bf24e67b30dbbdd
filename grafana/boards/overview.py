"""The overview: is archiving alive, will it die, does it keep up, and what to do."""

from typing import Any

from grafana import uids
from grafana.boards import links
from grafana.boards.board import Board
from grafana.boards.lights import (
    AGE_STEPS,
    DEATH_STEPS,
    MANY_TIMES,
    MEMORY_STEPS,
    NEVER_DIED,
    NOT_KNOWN,
    dies_after,
    empty_in,
    next_run,
    run_with,
    this_run,
    where_it_dies,
)
from grafana.boards.overview_tables import ALERTS_FIRE, alerts, instances
from grafana.boards.panels import (
    GREEN,
    ORANGE,
    RED,
    TIMES,
    About,
    Area,
    Ask,
    Shown,
    curves,
    figure,
    light,
    mappings,
)
from grafana.boards.place import DIES_AT, or_else
from grafana.boards.queries import (
    BACKLOG,
    COMPLETED,
    DIES_AFTER,
    LAST_DEATH,
    MISSING,
    OLDEST_WAITS,
    QUEUED,
    RATIO,
    RATIO_NOW,
    SAFE_BATCH,
    SIGN_OF_LIFE,
    SINGLE,
    TARGETS,
    TIME_TO_DRAIN,
    a_minute,
    known,
    most,
    now,
    of,
    only,
)
from grafana.boards.tables import override, thresholds

MOST = 10
"""instances in a graph: more would make its legend unreadable"""
SEVERAL = "see the table"
"""shown by panels of one instance if there are several, or if its figures are missing"""

_MEMORY = links.of_instance(uids.MEMORY, links.OF_LABEL)
_QUEUE = links.of_instance(uids.QUEUE, links.OF_LABEL)
_EXPORTER = links.at_time(links.board(uids.QUEUE))

_LIGHTS = (
    this_run(
        Area(0, 0, 4, 3),
        f"topk(1, {now(RATIO_NOW)})",
        _MEMORY,
        ", of the instance that needs most",
    ),
    next_run(
        Area(4, 0, 3, 3), known(RATIO, ">= 0.8"), _MEMORY, ", of the instance that needs most"
    ),
    dies_after(Area(7, 0, 3, 3), only(DIES_AFTER), _MEMORY, SEVERAL),
    light(
        About(
            "Last sign of life",
            "Time since a row was started or a run ended. With an hourly cron it stays below two"
            " hours.",
            "s",
            SEVERAL,
        ),
        Area(10, 0, 4, 3),
        only(SIGN_OF_LIFE),
        AGE_STEPS,
        link=_QUEUE,
    ),
    empty_in(
        Area(14, 0, 3, 3),
        only(TIME_TO_DRAIN),
        f"At the rate of the last 15 minutes, from {BACKLOG} queued rows on.",
        _QUEUE,
        SEVERAL,
    ),
    light(
        About(
            "Figures missing from",
            "Exporters that Prometheus cannot scrape, that cannot read the queue, or whose last"
            " reading failed in part.",
            "suffix:exporter(s)",
            "no exporter found",
        ),
        Area(17, 0, 4, 3),
        f"{MISSING}\nor 0 * count({TARGETS})",
        ((0.0, GREEN), (1.0, RED)),
        Shown("none", GREEN, 0, 0.5),
        link=_EXPORTER,
    ),
    light(
        About(
            "Alerts that fire",
            "The worst alert that fires now. not known: Prometheus has not loaded the rules, or has"
            " no data for them.",
            "none",
            "not known",
        ),
        Area(21, 0, 3, 3),
        ALERTS_FIRE,
        ((0.0, GREEN), (1.0, ORANGE), (3.0, RED)),
        Shown("none", GREEN, 0, 0.5),
        Shown("info", ORANGE, 1, 1.5),
        Shown("warning", ORANGE, 2, 2.5),
        Shown("page", RED, 3, 3.5),
        link=links.DOCS,
    ),
)


def _why() -> Any:
    """The panel of the need of the next run and its limit."""
    single = of("matomo_archive_memory_predicted_ratio", SINGLE)
    panel = figure(
        About(
            "Memory of the next run",
            "Its need, as configured and with one concurrent request, in multiples of what PHP may"
            " use; and memory_limit.",
            TIMES,
            SEVERAL,
        ),
        Area(12, 15, 12, 3),
        (
            Ask(only(RATIO), "as configured"),
            Ask(only(single), "one request"),
            Ask(only(of("matomo_archive_memory_limit_bytes")), "memory_limit"),
        ),
    )
    for ratio in ("as configured", "one request"):
        shown = {"mappings": mappings(MANY_TIMES), "thresholds": thresholds(MEMORY_STEPS)}
        panel = override(panel, ratio, **shown)
    return override(panel, "memory_limit", unit="bytes")


_WHAT_TO_DO = (
    run_with(Area(0, 9, 12, 3), only(SAFE_BATCH), _MEMORY, SEVERAL),
    light(
        About("Last run completed", "Time since a run ended without an error.", "s", SEVERAL),
        Area(12, 9, 6, 3),
        only(COMPLETED),
        AGE_STEPS,
        link=_QUEUE,
    ),
    light(
        About(
            "Last death of memory",
            "Time since the last death in a log of core:archive, at any instance. not known: an"
            " exporter is down, or follows no log (--archiver.log-file).",
            "s",
            NOT_KNOWN,
        ),
        Area(18, 9, 6, 3),
        LAST_DEATH,
        DEATH_STEPS,
        NEVER_DIED,
        link=_MEMORY,
    ),
)

_NAME = "{{instance}}"
_CURVES = (
    curves(
        About(
            "Memory of the next run, in multiples of its limit",
            f"Predicted peak over what PHP may use; the {MOST} instances that need most. A run that"
            " reaches 1 x dies.",
            TIMES,
            "no forecast",
        ),
        Area(0, 18, 12, 6),
        Ask(most(RATIO, MOST), _NAME),
        steps=((0.8, ORANGE), (1.0, RED)),
        magnitudes=True,
    ),
    curves(
        About(
            "Queued rows",
            f"Rows that wait for core:archive; the {MOST} instances with the most.",
        ),
        Area(12, 18, 12, 6),
        Ask(most(QUEUED, MOST), _NAME),
        magnitudes=True,
    ),
    curves(
        About(
            "Rows added and removed per minute",
            "All instances together. Both are lower bounds: the exporter misses rows that come and"
            " go between two readings.",
        ),
        Area(0, 24, 10, 6),
        Ask(a_minute("matomo_archive_added_invalidations_total"), "added"),
        Ask(a_minute("matomo_archive_removed_invalidations_total"), "removed"),
    ),
    curves(
        About(
            "The oldest row waits for",
            "The oldest row that core:archive can take;"
            f" the {MOST} instances with the longest wait.",
            "s",
        ),
        Area(10, 24, 14, 6),
        Ask(most(OLDEST_WAITS, MOST), _NAME),
        magnitudes=True,
    ),
)


OVERVIEW = Board(
    uid=uids.OVERVIEW,
    title="Matomo archiving: overview",
    text="Is archiving alive, will it run out of memory, does the queue drain, and what to do.",
    panels=(
        *_LIGHTS,
        instances(Area(0, 3, 24, 6)),
        *_WHAT_TO_DO,
        alerts(Area(0, 12, 12, 6)),
        where_it_dies(Area(12, 12, 12, 3), or_else(only(DIES_AT), SEVERAL)),
        _why(),
        *_CURVES,
    ),
    of_many=True,
)
