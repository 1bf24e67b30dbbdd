"""Metrics that no dashboard and no rule uses, each with the reason."""

from collections.abc import Mapping

_OWN = "every Python process has it; docs/performance.md has the exporter's cost"

NOT_SHOWN: Mapping[str, str] = {
    "process_cpu_seconds_total": _OWN,
    "process_max_fds": _OWN,
    "process_open_fds": _OWN,
    "process_resident_memory_bytes": _OWN,
    "process_start_time_seconds": _OWN,
    "process_virtual_memory_bytes": _OWN,
    "python_info": _OWN,
}
