"""The row of the queue's board about the exporter itself."""

from typing import Any

from grafana.boards.board import Row
from grafana.boards.panels import (
    GREEN,
    ORANGE,
    RED,
    About,
    Area,
    Ask,
    Shown,
    curves,
    figure,
)
from grafana.boards.queries import EACH, age, of
from grafana.boards.tables import narrow, table, transformed


def _renamed(metric: str, label: str) -> str:
    """The metric with its version under another label, as one table has two of them."""
    return f'label_replace({of(metric)}, "{label}", "$1", "version", "(.*)")'


def _versions() -> Any:
    info = "max by (matomo, adapter, database, database_version) ({})"
    build = "max by (exporter, python_version, driver) ({})"
    panel = table(
        About(
            "Versions",
            "Matomo, its database adapter, the server, the exporter, and the Matomo version whose"
            " rules the forecast follows. verified: these rules were tested with your version"
            " (run), read in its source (read), or neither (assumed).",
            "string",
        ),
        Area(9, 45, 15, 4),
        Ask(info.format(_renamed("matomo_info", "matomo"))),
        Ask(build.format(_renamed("matomo_archive_exporter_build_info", "exporter"))),
        Ask(f"max by (rules, verified) ({of('matomo_archive_forecast_rules_info')})"),
    )
    panel = transformed(panel, "merge")
    values = (f"Value #{letter}" for letter in "ABC")
    hidden = ("Time", "Value", *values, "driver", "python_version")
    names = {"matomo": "Matomo", "database_version": "version", "exporter": "Exporter"}
    order = ("matomo", "adapter", "database", "database_version", "exporter", "rules", "verified")
    panel = transformed(
        panel,
        "organize",
        excludeByName=dict.fromkeys(hidden, True),
        indexByName={name: place for place, name in enumerate(order)},
        renameByName=names,
    )
    return narrow(panel)


_PREFIX = "matomo_archive_exporter"
EXPORTER = (
    Row("The exporter", 44),
    figure(
        About("Reads the queue", "yes: the last reading reached the database.", "none"),
        Area(0, 45, 3, 4),
        (Ask(f"min({of('matomo_up')} and on ({EACH}) {of('up')} == 1) or min({of('up')} == 0)"),),
        ((0.0, RED), (1.0, GREEN)),
        Shown("yes", GREEN, 1, 1.5),
        Shown("no", RED, 0, 0.5),
    ),
    figure(
        About(
            "Reads every", "The interval between readings. It grows when readings are slow.", "s"
        ),
        Area(3, 45, 3, 4),
        (Ask(of(f"{_PREFIX}_interval_seconds")),),
    ),
    figure(
        About(
            "Clock off UTC",
            "Offset of the database from UTC. Matomo's recovery of rows is off by as much.",
            "s",
        ),
        Area(6, 45, 3, 4),
        (Ask(of("matomo_archive_database_utc_offset_seconds")),),
        ((-1e9, ORANGE), (-59.0, GREEN), (60.0, ORANGE)),
    ),
    _versions(),
    curves(
        About(
            "Since collectors last succeeded",
            "Values older than --collect.max-age vanish.",
            "s",
        ),
        Area(0, 49, 6, 7),
        Ask(age(f"{_PREFIX}_collector_last_success_timestamp_seconds"), "{{collector}}"),
    ),
    curves(
        About("Duration of readings", "The last reading of each collector.", "s"),
        Area(6, 49, 6, 7),
        Ask(of(f"{_PREFIX}_collector_duration_seconds"), "{{collector}}"),
    ),
    curves(
        About(
            "Failures per hour",
            "Failed readings of all collectors by reason, and log lines that were not written.",
        ),
        Area(12, 49, 6, 7),
        Ask(
            f"sum by (reason) (increase({of(f'{_PREFIX}_collector_errors_total')}[1h]))",
            "{{reason}}",
        ),
        Ask(f"increase({of(f'{_PREFIX}_log_messages_dropped_total')}[1h])", "log lines dropped"),
    ),
    curves(
        About(
            "Unread log of core:archive",
            "The event counts do not include this part of the log yet.",
            "bytes",
            "no data: needs --archiver.log-file",
        ),
        Area(18, 49, 6, 7),
        Ask(of("matomo_archive_log_unread_bytes"), "unread"),
    ),
)
