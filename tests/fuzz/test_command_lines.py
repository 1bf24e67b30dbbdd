"""Command lines of processes, with anything in them."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.archiver.command_line import (
    ROLES,
    arguments,
    may_have_role,
    role,
)
from matomo_archive_exporter.readings.archiver import processes
from tests.support.bounds import cpu_seconds
from tests.support.command_lines import ARCHIVER, ARCHIVERS, REQUEST, REQUESTS, SHELL, STRANGERS
from tests.support.strategies import Long, joined, long, spoiled


def line(argv: tuple[str, ...]) -> bytes:
    """As the kernel gives it."""
    return b"".join(os.fsencode(word) + b"\0" for word in argv)


KNOWN = [ARCHIVER, REQUEST, SHELL, *(tuple(text.split()) for text in ARCHIVERS + REQUESTS)]
KNOWN += [tuple(text.split()) for text in STRANGERS]
SHREDS = [b"\0", b"php", b"php8.2", b"-", b"--", b"-d", b"-f", b"-q", b"=", b".", b"/", b"console"]
SHREDS += [b"core:archive", b"climulti:request", b"trigger=archivephp", b"?", b"&", b" ", b"\n"]
SHREDS += [
    b"\xff",
    b"frankenphp",
    b"php-cli",
    b"misc/cron/archive.php",
    b"sh",
    b"-c",
    b"-fpm",
    b"ls",
]
LINES = joined(SHREDS) | spoiled(st.sampled_from(KNOWN).map(line), SHREDS)

# Characters of a word that do not end it.
WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=10)
PLAIN = WORDS.filter(lambda word: not word.startswith("-"))


@given(LINES)
def test_any_command_line_has_one_role_at_most_and_a_glance_misses_none(text: bytes) -> None:
    found = role(arguments(text))
    assert found in (None, *ROLES)
    assert may_have_role(text) or found is None


@given(st.lists(WORDS | st.just("a\udcff"), min_size=1).map(tuple))
def test_arguments_are_taken_apart_as_they_were_put_together(argv: tuple[str, ...]) -> None:
    assert arguments(line(argv)) == argv


OPTIONS = (
    st.tuples(st.sampled_from(["-d", "-c", "-z", "--define", "--php-ini"]), WORDS.filter(bool))
    | st.tuples(st.builds("-d{}=1".format, PLAIN.filter(bool)))
    | st.tuples(st.builds("--define={}".format, PLAIN.filter(bool)))
    | st.sampled_from([("-q",), ("-n",), ("-H",), ("-nq",), ("--no-php-ini",), ("-qd", "a=1")])
)
AFTER_CONSOLE = st.lists(st.sampled_from(["--no-ansi", "-n", "-vvv", "--matomo-domain=x"]))


@given(st.lists(OPTIONS), PLAIN, AFTER_CONSOLE, st.lists(WORDS))
def test_neither_phps_options_nor_the_commands_own_hide_an_archiver(
    options: list[tuple[str, ...]], folder: str, before: list[str], after: list[str]
) -> None:
    words = [word for option in options for word in option]
    archiver = ("php", *words, f"{folder}/console", *before, "core:archive", *after)
    assert role(archiver) == "archiver"


@given(st.lists(WORDS), st.sampled_from(KNOWN))
def test_an_editor_or_a_shell_has_no_role(words: list[str], known: tuple[str, ...]) -> None:
    for program in ("vim", "/bin/sh", "sudo", "php-fpm", "python3"):
        assert role((program, *words, *known)) is None
        assert role((program, *known[1:])) is None


# A /proc with such lines in it

NAMES = st.binary(max_size=15).map(lambda name: name.replace(b"\n", b"?").replace(b"\0", b"?"))


@pytest.fixture(scope="module")
def proc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One process, whose files each example replaces."""
    folder = tmp_path_factory.mktemp("proc")
    (folder / "1").mkdir()
    (folder / "self").symlink_to("1")
    return folder


@given(LINES, NAMES | st.sampled_from([b"a) R 99 (b", b")", b"(", b") "]), st.integers(2, 2**22))
def test_a_process_is_read_with_any_name_and_arguments(
    proc: Path, text: bytes, name: bytes, parent: int
) -> None:
    (proc / "1" / "cmdline").write_bytes(text)
    (proc / "1" / "statm").write_bytes(b"9000 300 200 1 0 800 0\n")
    (proc / "1" / "stat").write_bytes(b"1 (%s) S %d 1 1 0 -1 4194560 1 0\n" % (name, parent))
    found = processes.read(proc).found
    expected = role(arguments(text))
    assert [process.role for process in found] == ([expected] if expected else [])
    assert all(process.parent == parent for process in found)


# Bounds


@settings(max_examples=10)
@given(long(SHREDS) | long([b"php", b".", b"-", b"a", b"0", b"ls", b"_"]))
def test_no_command_line_takes_long(text: Long[bytes]) -> None:
    for start in (b"", b"php\0", b"php\0console\0", b"php"):
        with cpu_seconds(1.5):
            role(arguments(start + text.whole + b"\0core:archive\0"))


@pytest.mark.parametrize("shred", [*SHREDS, b".a", b"-a", b"a-", b".0", b"..a"])
@pytest.mark.parametrize("start", [b"", b"php", b"php\0-", b"php\0console\0", b"ls"])
def test_a_megabyte_of_one_thing_is_judged_at_once(start: bytes, shred: bytes) -> None:
    with cpu_seconds(4):
        role(arguments(start + shred * (1_000_000 // len(shred)) + b"!\0core:archive\0"))
