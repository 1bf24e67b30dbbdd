"""The check on the log of core:archive: how many lines are understood, and in which form."""

from collections import Counter, deque
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from matomo_archive_exporter.check.report import CheckResult
from matomo_archive_exporter.matomo.archiver.log_stream import LineResult, LogStream, read_line
from matomo_archive_exporter.readings.archiver.log_files import is_pattern, matches
from matomo_archive_exporter.readings.archiver.log_tail import open_tail
from matomo_archive_exporter.readings.database.errors import ReadingError

_LINES = 1000
_BYTES = 16 * 1024 * 1024
_FORMS = 3


def examine(path: Path) -> CheckResult:
    """One line on the log; of several that match a pattern, on the newest."""
    try:
        if is_pattern(path):
            path = matches(path)[0].path
        lines = _last_lines(path)
    except ReadingError as error:
        return CheckResult("archiver", "missing", str(error), collectors=("log",))
    results = [found for found in _results(lines) if found.is_understood is not None]
    if not results:
        return CheckResult("archiver", "ok", f"log {path}: the file is empty")
    understood = [found for found in results if found.is_understood]
    if not understood:
        text = (
            f"log {path}: none of its last {len(results):,} lines is understood;"
            " set --archiver.log-file to the output of core:archive"
        )
        return CheckResult("archiver", "missing", text, collectors=("log",))
    text = f"log {path}: {len(understood):,} of its last {len(results):,} lines are understood"
    return CheckResult("archiver", "ok", f"{text} ({_forms(understood)})")


def _last_lines(path: Path) -> Iterable[bytes]:
    tail = open_tail(path, LogStream())
    with closing(tail.file):
        tail.position = max(0, tail.status().st_size - _BYTES)
        tail.skips_a_line = tail.position > 0
        lines = (line for batch in tail.lines(_BYTES) for line in batch)
        last = deque(lines, maxlen=_LINES)
        return [*last, tail.partial][-_LINES:] if tail.partial else last


def _results(lines: Iterable[bytes]) -> Iterable[LineResult]:
    stream = LogStream()
    for line in lines:
        stream, found = read_line(stream, line)
        yield found


def _forms(results: Iterable[LineResult]) -> str:
    forms = Counter(_form(found) for found in results if found.parts is not None)
    return ", ".join(name for name, _ in forms.most_common(_FORMS)) or "PHP's own"


def _form(result: LineResult) -> str:
    """The form of Matomo's line, and of the wrappers around it."""
    parts = result.parts
    name = "Matomo's console output"
    if parts is not None and parts.repeats:
        name = "Matomo's log file"
    elif parts is not None and b"-" not in parts.stamp:
        name += " without dates"
    return " in ".join((name, *(form for form, _ in reversed(result.path))))
