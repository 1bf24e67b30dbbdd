"""The memory in /proc that counts towards PHP's memory_limit.

PHP counts whole chunks of 2 MiB. VmData of a process is these chunks and an offset that belongs to
the build of PHP: 2.5 MB for one without extensions, 9.96 to 10.57 MB for Debian's 8.2 (30,819
samples of Matomo 5.2.1 and 5.8.0). Resident memory is no basis: it holds freed pages, and files.
"""

from dataclasses import dataclass

_CHUNK = 2 * 1024 * 1024
_OFFSETS = 2_400_000, 10_600_000
"""the least and the most that any build had"""
_JITTER = 60_000
"""by which the offset of a process varies"""
_UNUSED = 300_000, 6_200_000
"""bytes of the chunks that are not in use, the least and the most that was seen"""
_MODEL_ERROR = 0.03
USUALLY_UNUSED = 2_100_000
"""the same, half of the time"""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """From the lowest to the highest that it may be, in bytes."""

    lowest: int
    highest: int

    @property
    def spread(self) -> int:
        """Bytes between the two."""
        return self.highest - self.lowest


@dataclass(frozen=True, slots=True)
class DataSize:
    """VmData of a process now, and the highest it ever was, in bytes."""

    now: int
    highest: int


def offset(data: int, usage: ByteRange | None = None) -> ByteRange:
    """The part of VmData that is not PHP's chunks; `usage` is what PHP uses now, if known.

    The rest is a multiple of 2 MiB, so few offsets are possible.
    """
    least, most = _OFFSETS
    if usage is not None:
        least = max(least, data - usage.highest - _UNUSED[1])
        most = min(most, data - usage.lowest - _UNUSED[0])
    first = data % _CHUNK
    possible = [at for at in range(first, _OFFSETS[1] + 1, _CHUNK) if least <= at <= most]
    if not possible:
        return offset(data) if usage is not None else ByteRange(*_OFFSETS)
    return ByteRange(possible[0] - _JITTER, possible[-1] + _JITTER)


def about(used: int) -> ByteRange:
    """A range around what the model says of the bytes in use."""
    return ByteRange(int(used * (1 - _MODEL_ERROR)), int(used * (1 + _MODEL_ERROR)))


def narrowed(before: ByteRange | None, now: ByteRange) -> ByteRange:
    """Two ranges of one build together; the later one where they do not meet: another build."""
    if before is None:
        return now
    lowest, highest = max(before.lowest, now.lowest), min(before.highest, now.highest)
    return ByteRange(lowest, highest) if lowest <= highest else now


def chunks(data: int, offset_of_build: ByteRange) -> ByteRange:
    """Bytes of PHP's chunks, which memory_limit bounds; freed ones among them stay."""
    return ByteRange(max(0, data - offset_of_build.highest), max(0, data - offset_of_build.lowest))


def usage(held: ByteRange) -> ByteRange:
    """The bytes in use within chunks of this size, as long as none was freed inside."""
    return ByteRange(max(0, held.lowest - _UNUSED[1]), max(0, held.highest - _UNUSED[0]))
