"""The chunks of PHP, from VmData. Figures are of Matomo 5.8.0 and 5.2.1 on Debian's PHP 8.2."""

import pytest

from matomo_archive_exporter.matomo.runs.process_memory import (
    ByteRange,
    DataSize,
    about,
    chunks,
    chunks_in,
    narrowed,
    offset,
    usage,
)
from tests.support import midrun
from tests.support.command_lines import SAMPLES as RECORDED

SAMPLES = [
    (archiver["status"]["VmData"] * 1024, archiver["real"], archiver["usage"])
    for name in (midrun.DIES, midrun.SURVIVES, midrun.TWO)
    for point in midrun.load(name).points
    for archiver in point["archivers"]
]


@pytest.mark.parametrize(("data", "real", "used"), SAMPLES)
def test_the_figures_of_php_lie_within_the_range(data: int, real: int, used: int) -> None:
    held = chunks(data, offset(data))
    assert held.lowest <= real <= held.highest
    assert usage(held).lowest <= used <= usage(held).highest


def test_the_model_narrows_the_offset() -> None:
    """A process that uses about 34 MB cannot have one of the smallest offsets."""
    wide, narrow = offset(45_961_216), offset(45_961_216, about(34_400_000))
    assert narrow.spread < wide.spread
    assert narrow.lowest <= 10_309_632 <= narrow.highest


def test_a_model_that_cannot_be_narrows_nothing() -> None:
    assert offset(45_961_216, about(200_000_000)) == offset(45_961_216)


def test_of_one_build_later_samples_narrow_what_earlier_ones_left_open() -> None:
    assert narrowed(ByteRange(4, 10), ByteRange(8, 12)) == ByteRange(8, 10)
    assert narrowed(None, ByteRange(8, 12)) == ByteRange(8, 12)


def test_another_build_replaces_the_range() -> None:
    assert narrowed(ByteRange(4, 6), ByteRange(8, 12)) == ByteRange(8, 12)


@pytest.mark.parametrize("real", [46_362_624, 143_687_680, 252_010_496])
def test_the_mappings_of_php_tell_its_chunks_exactly(real: int) -> None:
    """PHP 8.2 among blocks of malloc, with small and huge blocks, half of them freed."""
    maps = (RECORDED / f"maps-php-{real}.txt").read_bytes()
    assert chunks_in(maps) == real
    data = DataSize(real + 9_000_000, real + 9_000_000, real)
    assert data.held(ByteRange(2_000_000, 3_000_000)) == ByteRange(real, real)
    assert data.offset() == ByteRange(9_000_000, 9_000_000)


def test_other_mappings_are_no_chunks() -> None:
    shared = b"7f0000000000-7f0000400000 rw-s 00000000 00:01 9 /dev/zero (deleted)\n"
    heap = b"555500000000-555500800000 rw-p 00000000 00:00 0          [heap]\n"
    small = b"7f0000ff0000-7f00011f0000 rw-p 00000000 00:00 0 \n"
    assert chunks_in(shared + heap + small) == 0


def test_where_php_names_its_chunks_they_alone_count() -> None:
    """PHP 8.3 on a kernel that shows names."""
    named = b"7f0000000000-7f0000400000 rw-p 00000000 00:00 0          [anon:zend_alloc]\n"
    of_libraries = b"7f0001000000-7f0001800000 rw-p 00000000 00:00 0 \n"
    stack = b"7f0002000000-7f0002400000 rw-p 00000000 00:00 0    [anon:zend_fiber_stack]\n"
    assert chunks_in(named + of_libraries + stack) == 4 * 2**20
    assert chunks_in(of_libraries + stack) == 8 * 2**20


def test_no_address_is_longer_than_those_of_a_kernel() -> None:
    assert chunks_in(b"0-1" + b"0" * 400 + b" rw-p 00000000 00:00 0 \n") == 0


def test_chunks_and_usage_are_never_negative() -> None:
    assert chunks(1_000_000, offset(1_000_000)) == ByteRange(0, 0)
    assert usage(ByteRange(0, 100_000)) == ByteRange(0, 0)
