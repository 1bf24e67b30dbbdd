"""Processes of core:archive that run now, from a /proc: this host's, or another's mounted here.

It is read without a pause while processes come and go. One that ends in between is not counted.
"""

import os
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from matomo_archive_exporter.matomo.archiver.command_line import (
    NO_LIMITS,
    Limits,
    Role,
    arguments,
    limits,
    may_have_role,
    role,
)
from matomo_archive_exporter.matomo.runs.process_memory import DataSize, chunks_in
from matomo_archive_exporter.readings.archiver import proc_file
from matomo_archive_exporter.readings.database.errors import ReadingError

_MOST = 100_000
"""processes that are looked at; about 10 microseconds each"""
_ROOT = 0
_FIRST = "1"
"""process that every /proc has"""
_STARTED = 19
"""place of a process's start among the fields of its `stat` that follow its name"""
_SIZES = re.compile(rb"^(VmPeak|VmSize|VmData):\s+([0-9]{1,15}) kB$", re.MULTILINE)
_SIZES_OF_DATA = 3


@dataclass(frozen=True, slots=True)
class Process:
    """A process that has a role. `resident` is its memory in RAM in bytes."""

    pid: int
    parent: int
    role: Role
    resident: int
    age: float | None = None
    """seconds since it began; of archivers only"""
    data: DataSize | None = None
    """what it has for data; of archivers only"""
    limits: Limits = NO_LIMITS
    """those that its command line sets; of archivers only"""


@dataclass(frozen=True, slots=True)
class ProcessesReading:
    """The processes found. With `warnings` some may be hidden."""

    found: tuple[Process, ...]
    warnings: tuple[str, ...] = ()
    of_others: int = 0
    """processes of other users than Matomo's that only look like it"""

    def count(self, role: Role) -> int | None:
        """How many have the role; None when they may be hidden."""
        return None if self.warnings else sum(process.role == role for process in self.found)

    @property
    def archivers(self) -> tuple[Process, ...] | None:
        """Main processes; None when they may be hidden."""
        return None if self.warnings else tuple(p for p in self.found if p.role == "archiver")

    def resident(self, role: Role) -> int | None:
        """Bytes in RAM of the largest that has the role; None without one."""
        return max((p.resident for p in self.found if p.role == role), default=None)


def read(proc: Path, config_ini: Path | None = None) -> ProcessesReading:
    """Look at every process once. Raises ReadingError when `proc` shows none at all.

    Any user can give a process the arguments of core:archive. Where Matomo's `config_ini` belongs
    to another user than root, that file tells who Matomo is: only its owner, its group and root
    count.
    """
    root = os.fspath(proc)
    is_of_matomo = _owner_check(config_ini)
    pids = _pids(root)
    buffer = bytearray(proc_file.LONGEST)
    found, of_others, is_refused = [], 0, False
    for pid in pids:
        try:
            process = _process(f"{root}/{pid}", pid, buffer)
            is_other = process is not None and not is_of_matomo(os.stat(f"{root}/{pid}"))
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended
        except PermissionError:
            is_refused = True
            continue
        if is_other:
            of_others += 1
        elif process is not None:
            found.append(process)
    # Main process and requests run as one user: if one is visible, all are.
    blind = "" if found else _blindness(root, pids, is_refused=is_refused)
    return ProcessesReading(_without_forks(found), (blind,) if blind else (), of_others)


def _owner_check(config_ini: Path | None) -> Callable[[os.stat_result], bool]:
    """Whether a process, by the folder that /proc has of it, may be Matomo's."""
    try:
        owner = None if config_ini is None else os.stat(config_ini)
    except OSError:
        owner = None
    if owner is None or owner.st_uid == _ROOT:
        return lambda process: True
    users, group = (_ROOT, owner.st_uid), owner.st_gid
    return lambda process: process.st_uid in users or process.st_gid == group != _ROOT


def _pids(root: str) -> list[str]:
    try:
        pids = [name for name in os.listdir(root) if name.isdecimal()]
    except PermissionError:
        raise ReadingError("access_denied", f"no permission to list {root}") from None
    except OSError as error:
        raise ReadingError("unreachable", f"{root}: {error.strerror}") from None
    if not pids or not os.path.lexists(f"{root}/self"):
        raise ReadingError("bad_data", f"{root} is not a /proc: it shows no processes")
    if len(pids) > _MOST:
        raise ReadingError("bad_data", f"{root} has more than {_MOST:,} processes")
    return pids


def _process(folder: str, pid: str, buffer: bytearray) -> Process | None:
    """One process, if it has a role. `buffer` is scratch space."""
    length = proc_file.fill(f"{folder}/cmdline", buffer)
    command_line = buffer[:length]
    if not may_have_role(command_line):
        return None
    argv = arguments(bytes(command_line))
    found = role(argv)
    if found is None:
        return None
    length = proc_file.fill(f"{folder}/statm", buffer)
    size, resident = buffer[:length].split()[:2]
    if int(size) == 0:
        return None  # it has ended, but its parent has not taken note yet
    stat = bytes(buffer[: proc_file.fill(f"{folder}/stat", buffer)])
    in_ram = int(resident) * os.sysconf("SC_PAGE_SIZE")
    process = Process(int(pid), _parent(stat), found, in_ram)
    if found != "archiver":
        return process
    return replace(process, age=age(stat), data=_data_size(folder, buffer), limits=limits(argv))


def _data_size(folder: str, buffer: bytearray) -> DataSize | None:
    """From a process's `status`; None where it does not say. What is not data does not change."""
    try:
        status = bytes(buffer[: proc_file.fill(f"{folder}/status", buffer)])
    except FileNotFoundError:
        return None
    sizes = {name: int(kb) * 1024 for name, kb in _SIZES.findall(status)}
    if len(sizes) != _SIZES_OF_DATA:
        return None
    others = sizes[b"VmSize"] - sizes[b"VmData"]
    highest = max(sizes[b"VmData"], sizes[b"VmPeak"] - others)
    chunks = _chunks(f"{folder}/maps", buffer)
    # It works meanwhile: a block that is there for a moment may be more than all its data was.
    is_part = 0 < chunks < sizes[b"VmData"]
    return DataSize(sizes[b"VmData"], highest, chunks if is_part else None)


def _chunks(path: str, buffer: bytearray) -> int:
    """Those of PHP; 0 where they cannot be told, as where it is closed to the exporter."""
    try:
        maps = proc_file.whole(path, buffer)
    except OSError:
        return 0
    return chunks_in(maps) if maps else 0


def age(stat: bytes) -> float | None:
    """Seconds since a process began; None where its `stat` is not that of a kernel.

    The name, in brackets, may hold anything. The start is in clock ticks since the boot, on a clock
    of the kernel that ignores changes of the time of day.
    """
    fields = stat.rpartition(b")")[2].split()
    if len(fields) <= _STARTED or not fields[_STARTED].isdigit():
        return None
    ticks = int(fields[_STARTED])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")


def _parent(stat: bytes | bytearray) -> int:
    """Who started a process. Its name, in brackets, may hold anything; state and parent follow."""
    return int(stat.rpartition(b")")[2].split()[1])


def _without_forks(found: Sequence[Process]) -> tuple[Process, ...]:
    """Leave out those that are about to become a shell, but still look like who starts it."""
    roles = {process.pid: process.role for process in found}
    return tuple(process for process in found if roles.get(process.parent) != process.role)


def _blindness(root: str, pids: Sequence[str], *, is_refused: bool) -> str:
    """Why an archiver could run unseen; empty when all processes can be seen.

    Without figures that change from reading to reading: the same complaint is logged once.
    """
    if is_refused:
        return f"{root} hides processes from the exporter (hidepid?)"
    if _FIRST not in pids:
        return f"{root} shows the exporter only some processes (hidepid?)"
    if set(pids) <= _own_line(root):
        return f"{root} shows only the exporter itself: mount the /proc of the archiver's host"
    return ""


def _own_line(root: str) -> set[str]:
    """The exporter's own process, its parent, and so on."""
    line: set[str] = set()
    try:
        pid = os.readlink(f"{root}/self")
        while pid not in line and pid != "0":
            line.add(pid)
            pid = str(_parent(proc_file.start_of(f"{root}/{pid}/stat")))
    except OSError:
        pass  # not among the processes of this /proc, or up to where it can be seen
    return line
