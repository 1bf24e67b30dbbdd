"""Versions between the last with the old rules and the first with the new ones that was run."""

from matomo_archive_exporter.matomo.version import UnknownMatomoError, parse

_OLD_RULES, _NEW_RULES = (5, 3, 2), (5, 8, 0)


def untried(version: str) -> str | None:
    """A sentence on a version of which it is not known by which rules it goes; None for others."""
    try:
        numbers, _ = parse(version)
    except UnknownMatomoError:
        return None
    if not _OLD_RULES < numbers < _NEW_RULES:
        return None
    rules = "those of 5.3.2" if numbers < (5, 4, 0) else "those of 5.8.0"
    return f"{rules}: no Matomo between 5.3.2 and 5.8.0 could be run"
