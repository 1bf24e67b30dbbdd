"""Events of a log, through all programs that passed on its lines."""

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from matomo_archive_exporter.matomo.archiver import log_state, quoted_response
from matomo_archive_exporter.matomo.archiver.log_line import (
    StampedLine,
    cleaned,
    notice_of_death,
    stamped,
)
from matomo_archive_exporter.matomo.archiver.log_state import Events, LogState
from matomo_archive_exporter.matomo.archiver.log_wrapper import (
    UNKNOWN,
    Layer,
    is_of_archiver,
    unwrapped,
)

_MOST_LAYERS = 4
_MOST_PATHS = 16
_KNOWN = 3
"""likeness of a line that went the way of others before"""
_LONGEST_LINE = 64 * 1024

Path = tuple[tuple[str, bytes], ...]
"""Form and source of each layer around a line, from the outermost."""
BARE: Path = ()


@dataclass(frozen=True, slots=True)
class LogStream:
    """The memory of a log that its next line needs.

    Lines of several programs may be mixed: each has its own state.
    """

    state: LogState = field(default_factory=LogState)
    """of lines as Matomo writes them"""
    wrapped: tuple[tuple[Path, LogState], ...] = ()
    """of the others; the last one read is at the end"""
    pieces: tuple[tuple[Path, bytes], ...] = ()
    """beginnings of lines of which the rest is still to come"""

    @property
    def has_debug_lines(self) -> bool:
        """Whether the archiver was seen to log at that level."""
        return any(state.has_debug_lines for state in self._states)

    @property
    def sources(self) -> frozenset[bytes]:
        """Programs that passed on lines of core:archive."""
        return frozenset(source for path, _ in self.wrapped for _, source in path)

    @property
    def _states(self) -> tuple[LogState, ...]:
        return (self.state, *(state for _, state in self.wrapped))

    def state_of(self, path: Path) -> LogState | None:
        """The state of that program's lines; None without one."""
        if path == BARE:
            return self.state
        return next((state for known, state in self.wrapped if known == path), None)

    def with_state(self, path: Path, state: LogState) -> "LogStream":
        """The same, further."""
        if path == BARE:
            return LogStream(state, self.wrapped, self.pieces)
        others = tuple(entry for entry in self.wrapped if entry[0] != path)
        return LogStream(self.state, (*others, (path, state))[-_MOST_PATHS:], self.pieces)

    def with_piece(self, path: Path, piece: bytes) -> "LogStream":
        """With the beginning of a line, b"" for none."""
        others = tuple(entry for entry in self.pieces if entry[0] != path)
        kept = (*others, (path, piece[:_LONGEST_LINE]))[-_MOST_PATHS:] if piece else others
        return LogStream(self.state, self.wrapped, kept)

    def at_rest(self) -> "LogStream":
        """The same when nothing was written for a while."""
        wrapped = tuple((path, log_state.at_rest(state)) for path, state in self.wrapped)
        return LogStream(log_state.at_rest(self.state), wrapped, self.pieces)

    def without_debug_lines(self) -> "LogStream":
        """The same as if no debug line had been seen."""
        plain = replace(self.state, has_debug_lines=False)
        others = ((path, replace(state, has_debug_lines=False)) for path, state in self.wrapped)
        return LogStream(plain, tuple(others), self.pieces)


class LineResult(NamedTuple):
    """The result of one line. `is_understood` is None of one that is empty or not at its end."""

    events: Events = ()
    is_understood: bool | None = None
    path: Path = BARE
    parts: StampedLine | None = None


def read_line(
    stream: LogStream, line: bytes, now: int | None = None
) -> tuple[LogStream, LineResult]:
    """Read one whole line, with or without its end; `now` (Unix seconds) if it is new."""
    return _read_line(stream, line, now, BARE, b"")


def _read_line(
    stream: LogStream, line: bytes, now: int | None, path: Path, written: bytes
) -> tuple[LogStream, LineResult]:
    """A line that has come out of the layers of a path."""
    line = cleaned(line)
    parts = stamped(line)
    if parts is None and line and len(path) < _MOST_LAYERS:
        state = stream.state_of(path)
        # What is quoted may look like anything.
        is_quoted = state is not None and quoted_response.newest_open(state.responses) is not None
        layer = None if is_quoted else unwrapped(line, stream.sources)
        if layer is not None:
            return _peel(stream, layer, now, path, written)
    return _read_content(stream, line, parts, now, path, written)


def _peel(
    stream: LogStream, layer: Layer, now: int | None, path: Path, written: bytes
) -> tuple[LogStream, LineResult]:
    """The content of a layer: a line, a piece of one, or several."""
    path = (*path, (layer.form, layer.source))
    place = (*path, ("", layer.stream))
    begun = next((piece for known, piece in stream.pieces if known == place), b"")
    payload = begun + layer.payload
    if begun or layer.is_partial:
        stream = stream.with_piece(place, payload if layer.is_partial else b"")
    if layer.is_partial:
        return stream, LineResult()
    written = written if written[:1].isdigit() else layer.time
    events: Events = ()
    result = LineResult()
    for line in payload.split(b"\n"):
        stream, result = _read_line(stream, line, now, path, written)
        events += result.events
    return stream, result._replace(events=events)


def _read_content(
    stream: LogStream,
    line: bytes,
    parts: StampedLine | None,
    now: int | None,
    path: Path,
    written: bytes,
) -> tuple[LogStream, LineResult]:
    state = stream.state_of(path)
    if state is None and parts is None:
        if stream.wrapped and any(source for _, source in path):
            return stream, LineResult((), False if line else None, path)  # another program's
        if stream.state.stamp:
            path, state = BARE, stream.state  # PHP's own log has a time before each line
    state = state or LogState()
    next_state, events = log_state.step_parsed(state, line, parts, written, now)
    if next_state is not state:
        stream = stream.with_state(path, next_state)
    return stream, LineResult(events, _is_understood(state, line, parts), path, parts)


def _is_understood(state: LogState, line: bytes, parts: StampedLine | None) -> bool | None:
    if parts is not None or not line:
        return parts is not None or None
    is_quoted = quoted_response.newest_open(state.responses) is not None
    return is_quoted or notice_of_death(line) is not None


def goes_on(stream: LogStream, cut: bytes, rest: bytes) -> bool:
    """Whether the start of a line and the first line of the next file are one line cut in two.

    A line that begins like one of the archiver's is one, but within a quotation.
    """
    alone, whole = _likeness(stream, rest), _likeness(stream, cut + rest)
    if alone or whole:
        return whole > alone or alone < _KNOWN
    start = stamped(cleaned(cut))
    is_quotation = start is not None and quoted_response.is_cut_short(start)
    return is_quotation or stamped(cleaned(rest)) is None


def _likeness(stream: LogStream, line: bytes) -> int:
    """How sure it is that this is one of the log's lines that went through other programs."""
    line, path = cleaned(line), BARE
    layer = None if stamped(line) else unwrapped(line, stream.sources)
    is_wrapped = layer is not None and is_of_archiver(layer.payload, stream.sources)
    is_named = layer is not None and layer.form != UNKNOWN
    while layer is not None and len(path) < _MOST_LAYERS:
        line, path = cleaned(layer.payload), (*path, (layer.form, layer.source))
        layer = None if stamped(line) else unwrapped(line, stream.sources)
    if path != BARE and any(known[: len(path)] == path for known, _ in stream.wrapped):
        return _KNOWN + (stamped(line) is not None)
    return is_wrapped + (is_wrapped and is_named)
