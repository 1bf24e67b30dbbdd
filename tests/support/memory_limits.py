"""The memory that units for systemd allow."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
UNITS = ("matomo-archive-exporter.service", "matomo-archive-exporter-once.service")


def allowed(unit: str) -> int:
    """MiB that a unit allows."""
    text = (ROOT / "systemd" / unit).read_text(encoding="utf-8")
    return int(text.partition("MemoryMax=")[2].partition("M")[0])
