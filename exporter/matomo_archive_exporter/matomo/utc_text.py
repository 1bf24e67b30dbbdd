"""DATETIME text in UTC, as Matomo writes all its times but `ts_started` (4.0.0 and later)."""

from datetime import UTC, datetime


def unix_seconds(text: str) -> int | None:
    """Unix seconds, whatever the server's zone; None for a date that cannot be ("2024-00-15")."""
    try:
        return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None
