"""Logs of core:archive: recorded ones, and deaths written by the rules of Matomo's source."""

import gzip
import re
from collections import Counter
from collections.abc import Iterable

from matomo_archive_exporter.matomo.archiver.log_event import ArchiveDone, Event, EventName
from matomo_archive_exporter.matomo.archiver.log_state import LogState, step
from matomo_archive_exporter.matomo.archiver.log_stream import LogStream, read_line
from tests.support.recordings import RECORDINGS

LOGS = RECORDINGS / "logs"
_SUFFIX = ".log.gz"

FATAL = (
    b"Allowed memory size of 134217728 bytes exhausted (tried to allocate 2097152 bytes)"
    b" in /var/www/matomo/core/DataAccess/Model.php on line 830"
)
SECOND_FATAL = (
    b"Allowed memory size of 134217728 bytes exhausted (tried to allocate 2097152 bytes)"
    b" in /var/www/matomo/vendor/composer/ClassLoader.php on line 582"
)
_REPORTED = (
    b"Fatal error encountered: /var/www/matomo/core/DataAccess/Model.php(830): Allowed memory size"
    b" of 134217728 bytes exhausted (tried to allocate 2097152 bytes) [Query: , CLI mode: 1]"
)
URL = (
    b"?module=API&method=CoreAdminHome.archiveReports&idSite=1&period=year&date=2024-01-01"
    b"&format=json&trigger=archivephp"
)


def names() -> list[str]:
    """Every recorded log."""
    return sorted(path.name.removesuffix(_SUFFIX) for path in LOGS.glob(f"*{_SUFFIX}"))


def load(name: str) -> bytes:
    """One recorded log."""
    return gzip.decompress((LOGS / f"{name}{_SUFFIX}").read_bytes())


def shortened(text: bytes, alike: int = 3) -> bytes:
    """A log with at most so many lines that differ in nothing but digits."""
    seen = Counter[bytes]()
    kept = []
    for line in text.splitlines(keepends=True):
        shape = re.sub(rb"\d+", b"0", line)
        seen[shape] += 1
        if seen[shape] <= alike:
            kept.append(line)
    return b"".join(kept)


def stamped(
    message: bytes, *, level: bytes = b"INFO", time: bytes = b"07:00:00", pid: int = 7
) -> bytes:
    """A line as Matomo 5 writes it, with its end."""
    return b"%-9s [2026-11-23 %s] %d  %s\n" % (level, time, pid, message)


def archiver_death(
    time: bytes = b"07:00:01",
    pid: int = 7,
    displayed: bool = True,
    logged: bool = False,
    error: bool = True,
    second: bool = True,
) -> bytes:
    """The lines that core:archive logs when it runs out of memory."""
    lines = []
    for fatal in (FATAL, SECOND_FATAL) if second else (FATAL,):
        lines += [b"PHP Fatal error:  " + fatal + b"\n"] if logged else []
        lines += [b"\nFatal error: " + fatal + b"\n"] if displayed else []
        if error and fatal is FATAL:
            lines.append(stamped(_REPORTED, level=b"ERROR", time=time, pid=pid))
    return b"".join(lines)


def response_of_the_dead(pid: int = 4242) -> bytes:
    """The output of a request that runs out of memory: it looks like the archiver's death."""
    colours = b"\x1b[37;41m%s\x1b[39;49m"
    error = stamped(_REPORTED, level=b"ERROR", pid=pid).rstrip(b"\n")
    return b"\n".join(
        [
            b"PHP Fatal error:  " + FATAL,
            b"",
            b"Fatal error: " + FATAL,
            colours % error,
            b"Matomo encountered an error: " + FATAL + b" (which lead to: it's over)",
            b'{"result":"error","message":"Allowed memory size of 134217728 bytes exhausted',
        ]
    )


def bad_response(
    response: bytes, *, pid: int = 7, raw: bool = False, info: bool = True
) -> tuple[bytes, bytes]:
    """The lines that core:archive logs of an unreadable answer, now and at the end of the run.

    Errors have their line ends replaced (Matomo 4.0.0 to 5.2.0), unless they are `raw`.
    """
    flat = response if raw else response.replace(b"\n", b" ").replace(b"\t", b" ")
    first = b"Got invalid response from API request: %s. Response was '%s'" % (URL, flat)
    last = b"Error unserializing the following response from %s: '%s'" % (URL, flat)
    exported = b"'%s'" % response.replace(b"\\", b"\\\\").replace(b"'", b"\\'")
    now = [
        stamped(first, level=b"ERROR", pid=pid),
        stamped(exported, pid=pid) if info else b"",
        stamped(last, level=b"ERROR", pid=pid),
    ]
    later = [stamped(b"Error: " + message, pid=pid) for message in (first, last)]
    return b"".join(now), b"".join(later)


def reported(text: bytes) -> Counter[EventName]:
    """Count each event of a log, wrapped or not."""
    happened = (event for event in events_in(text) if isinstance(event, ArchiveDone | Event))
    return Counter(event_name(event) for event in happened if not is_known(event))


def events(text: bytes, state: LogState | None = None) -> list[object]:
    """Every event, in order."""
    found: list[object] = []
    state = state or LogState()
    for line in text.split(b"\n"):
        state, new = step(state, line)
        found += new
    return found


def events_in(text: bytes, now: int | None = None) -> list[object]:
    """Every event of a log that may be wrapped, in order."""
    found: list[object] = []
    stream = LogStream()
    for line in text.split(b"\n"):
        stream, new = read_line(stream, line, now)
        found += new.events
    return found


def event_name(event: object) -> EventName:
    """Its name; archives that were understood have none of their own."""
    return event.name if isinstance(event, Event) else "archive_done"


def is_known(event: object) -> bool:
    """Whether an earlier line reported the event."""
    return isinstance(event, Event) and event.is_known


def counted(lines: Iterable[bytes]) -> Counter[EventName]:
    """Count each event of a recorded log without errors, by words that are unique to it."""
    count: Counter[EventName] = Counter()
    words: dict[EventName, bytes] = {
        "archive_done": b"  Archived website id ",
        "run_started": b"  Starting Matomo reports archiving",
        "run_completed": b"  Done archiving!",
        "no_visits": b"  Found no visits for site ID = ",
        "overlap_skip": b"skipping until next batch: [",
        "memory_exhausted_archiver": b"ClassLoader.php on line 582",
    }
    for line in lines:
        count.update(event for event, word in words.items() if word in line)
    return count
