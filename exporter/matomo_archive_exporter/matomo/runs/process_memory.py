"""The memory in /proc that counts towards PHP's memory_limit.

PHP counts whole chunks of 2 MiB, and larger blocks. Where the mappings of a process may be read
they show them: anonymous memory from an address that is a multiple of 2 MiB. That was exact with
PHP 8.2 and glibc, also with huge blocks, memory of libraries between them, opcache with JIT, and
huge pages; what a library maps in one piece of 2 MiB or more counts too. PHP 8.3 and later names
its chunks, which a kernel of 5.17 or later may show; then these alone count.

Else there is VmData: these chunks and an offset that belongs to the build of PHP: 2.5 MB for one
without extensions, 9.96 to 10.57 MB for Debian's 8.2 (30,819 samples of Matomo 5.2.1 and 5.8.0).
Resident memory is no basis: it holds freed pages, and files.
"""

import re
from dataclasses import dataclass

_CHUNK = 2 * 1024 * 1024
_OFFSETS = 2_400_000, 10_600_000
"""the least and the most that any build had"""
_USUAL = 9_900_000, 10_600_000
"""those of the one build that was measured with Matomo, Debian's PHP 8.2"""
_JITTER = 60_000
"""by which the offset of a process varies"""
_UNUSED = 300_000, 6_200_000
"""bytes of the chunks that are not in use, the least and the most that was seen"""
_MODEL_ERROR = 0.03
USUALLY_UNUSED = 2_100_000
"""the same, half of the time"""
_ANONYMOUS = re.compile(
    rb"^([0-9a-f]{1,16})-([0-9a-f]{1,16}) rw-p \S+ 00:00 0 *(\[anon:zend_alloc\])?$", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class ByteRange:
    """From the lowest to the highest that it may be, in bytes."""

    lowest: int
    highest: int

    @property
    def spread(self) -> int:
        """Bytes between the two."""
        return self.highest - self.lowest

    @property
    def is_close(self) -> bool:
        """Whether it leaves no chunk open."""
        return self.spread < _CHUNK


@dataclass(frozen=True, slots=True)
class DataSize:
    """VmData of a process now, and the highest it ever was, in bytes; `chunks` are those of PHP
    now, None where its mappings may not be read.
    """

    now: int
    highest: int
    chunks: int | None = None

    def offset(self, usage: ByteRange | None = None) -> ByteRange:
        """The part that is not PHP's chunks; `usage` is PHP's usage now, where that is known."""
        if self.chunks is None:
            return offset(self.now, usage)
        return ByteRange(self.now - self.chunks, self.now - self.chunks)

    def held(self, build: ByteRange | None) -> ByteRange:
        """Bytes of PHP's chunks now; `build` is the offset of its build, as far as it is known."""
        if self.chunks is None:
            return chunks(self.now, build or offset(self.now))
        return ByteRange(self.chunks, self.chunks)

    def likely_held(self, build: ByteRange | None) -> ByteRange:
        """The same, if the size fits the usual build: of others one in three does by chance."""
        held = self.held(build)
        usual = [
            chunk
            for chunk in range(held.lowest + _JITTER, held.highest, _CHUNK)
            if _USUAL[0] <= self.now - chunk <= _USUAL[1]
        ]
        return ByteRange(usual[0] - _JITTER, usual[0] + _JITTER) if usual else held


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


def chunks_in(maps: bytes) -> int:
    """Bytes of PHP's chunks among the mappings of a process, as its `maps` lists them."""
    total = 0
    found = _ANONYMOUS.findall(maps)
    named = [mapping for mapping in found if mapping[2]]
    for first, last, _ in named or found:
        aligned = -(-int(first, 16) // _CHUNK) * _CHUNK
        size = int(last, 16) - aligned
        total += size if size >= _CHUNK else 0
    return total


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
