"""Which command lines are those of core:archive and of the requests that it starts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.archiver.command_line import (
    ROLES,
    archive_limit,
    arguments,
    may_have_role,
    memory_limit,
    role,
)
from tests.support import command_lines
from tests.support.command_lines import ARCHIVERS, REQUESTS, SAMPLES, STRANGERS

WORDS = (
    *("php", "php8.2", "frankenphp", "php-cli", "sh", "sudo", "-c", "-d", "-f", "-q", "-r", "--"),
    *("-", "", "--file", "--define=a", "console", "/a/console", "core:archive", "climulti:request"),
    *("trigger=archivephp", "a&trigger=archivephp", "--matomo-domain", "misc/cron/archive.php"),
)
anything = st.lists(st.sampled_from(WORDS) | st.text()).map(tuple)


def test_a_recorded_run_has_an_archiver_a_shell_and_a_request() -> None:
    assert role(command_lines.ARCHIVER) == "archiver"
    assert role(command_lines.SHELL) is None
    assert role(command_lines.REQUEST) == "request"


@pytest.mark.parametrize("line", ARCHIVERS)
def test_php_that_runs_core_archive_is_an_archiver(line: str) -> None:
    assert role(tuple(line.split())) == "archiver"


@pytest.mark.parametrize("line", REQUESTS)
def test_php_that_runs_a_request_for_core_archive_is_a_request(line: str) -> None:
    assert role(tuple(line.split())) == "request"


@pytest.mark.parametrize("line", STRANGERS)
def test_a_command_that_only_mentions_the_archiver_has_no_role(line: str) -> None:
    assert role(tuple(line.split())) is None


def test_a_shell_around_it_is_not_the_archiver() -> None:
    assert role(("sh", "-c", "php console core:archive")) is None
    assert role(("php", "-r", "system('php console core:archive');")) is None


@pytest.mark.parametrize(
    ("options", "limit"),
    [
        ("", 0),
        ("-vvv --max-archives-to-process=1671", 1671),
        ("--max-archives-to-process 1671 -vvv", 1671),
        ("--max-arch=1671", 1671),
        ("--max-archives-to-process=300 --max-archives-to-process=1671", 1671),
        ("--max-archives-to-process=0", 0),
        ("--max-archives-to-process=many", 0),
        ("--max-archives-to-process", 0),
        ("--max-websites-to-process=7", 0),
    ],
)
def test_its_limit_of_archives_is_an_option(options: str, limit: int) -> None:
    assert archive_limit(("php", "console", "core:archive", *options.split())) == limit


@pytest.mark.parametrize(
    ("line", "limit"),
    [
        ("php console core:archive", ""),
        ("php -d memory_limit=4G console core:archive", "4G"),
        ("php -dmemory_limit=4G /srv/console core:archive", "4G"),
        ("php8.2 -qd memory_limit=4G console core:archive", "4G"),
        ("php --define=memory_limit=-1 console core:archive", "-1"),
        ("php -d memory_limit=1G -d memory_limit=4G -d html_errors=0 console core:archive", "4G"),
        ("php -d memory_limit=4G;night console core:archive", "4G"),
        ('php -d memory_limit="4G" console core:archive', "4G"),
        ("php -d memory_limit console core:archive", ""),
        ("php -c memory_limit=1G console core:archive", ""),
        ("php console core:archive -d memory_limit=1G", ""),
        ("sudo php -d memory_limit=4G console core:archive", ""),
    ],
)
def test_its_memory_limit_is_an_option_of_php(line: str, limit: str) -> None:
    assert memory_limit(tuple(line.split())) == limit


def test_a_process_without_arguments_has_no_role() -> None:
    assert role(()) is None
    assert role(("",)) is None


@given(anything)
def test_any_arguments_can_be_judged(argv: tuple[str, ...]) -> None:
    assert role(argv) in (None, *ROLES)


@given(st.binary())
def test_any_command_line_can_be_judged(command_line: bytes) -> None:
    assert role(arguments(command_line)) in (None, *ROLES)


@given(anything)
def test_a_glance_at_the_bytes_misses_no_process_that_has_a_role(argv: tuple[str, ...]) -> None:
    command_line = "".join(f"{word}\0" for word in argv).encode("utf-8", "surrogatepass")
    assert may_have_role(command_line) or role(argv) is None


@given(anything.filter(bool))
def test_a_program_in_front_takes_the_role_away(argv: tuple[str, ...]) -> None:
    assert role(("sudo", *argv)) is None


def test_arguments_end_with_a_nul_and_may_be_empty() -> None:
    assert arguments(b"php\0\0a b\0\0") == ("php", "", "a b", "")
    assert arguments(b"cut sho") == ("cut sho",)
    assert arguments((SAMPLES / "cmdline-real-main-1.bin").read_bytes())[-1] == (
        "--disable-scheduled-tasks"
    )


def test_a_kernel_thread_has_no_arguments() -> None:
    assert role(arguments(b"")) is None
    assert not may_have_role(b"")


def test_arguments_may_be_in_any_encoding() -> None:
    line = b"php\0/srv/\xe4\xf6/console\0core:archive\0"
    assert role(arguments(line)) == "archiver"
