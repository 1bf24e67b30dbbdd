"""The command's help and version, and its exit status for what it cannot do."""

import platform
import subprocess
from pathlib import Path

import pytest

from matomo_archive_exporter import __version__
from tests.support.process import COMMAND, environment, run

NO_DATABASE = ("--database.port=1", "--database.username=exporter")


def test_version_names_exporter_python_and_driver() -> None:
    done = run("--version")
    exporter, python, driver = done.out.splitlines()
    assert done.status == 0
    assert exporter == f"matomo-archive-exporter {__version__}"
    assert python == f"Python {platform.python_version()}"
    assert driver.startswith("mysql-connector-python ")
    assert "its C extension" in driver


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["once", "--database.prot=1"], "unknown option --database.prot: did you mean"),
        (["onec"], "unknown command; did you mean once?"),
        (["--log.level=debug", "once"], "options come after the command: "),
        (["once", "--collect.interval=soon"], "--collect.interval: takes a duration above zero"),
        (["serve"], "--database.username is missing: set it, MATOMO_DATABASE_USERNAME or"),
        (["once", "--config-ini=/nowhere"], "--config-ini: /nowhere: No such file or directory"),
        (["serve", "--database.username=x", "--web.listen-address=nowhere.invalid:1"],
         "--web.listen-address: nowhere.invalid:1: "),
    ],
)  # fmt: skip
def test_a_bad_option_is_one_line_and_status_2(arguments: list[str], message: str) -> None:
    done = run(*arguments)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(f"matomo-archive-exporter: {message}")
    assert done.err.count("\n") == 1


def without_output(*arguments: str) -> tuple[int, str]:
    """Exit status and standard error when standard output cannot be written to at all."""
    with Path("/dev/null").open("rb") as unwritable:
        done = subprocess.run(
            [*COMMAND, *arguments],
            env=environment(), stdout=unwritable, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    return done.returncode, done.stderr


@pytest.mark.parametrize("level", ["info", "debug"])
def test_an_internal_error_is_one_line_and_status_70_with_a_traceback_at_debug_level(
    level: str,
) -> None:
    status, message = without_output("once", *NO_DATABASE, f"--log.level={level}")
    assert status == 70
    assert message.splitlines()[-1].startswith("matomo-archive-exporter: internal error: OSError: ")
    assert ("Traceback" in message) == (level == "debug")


def test_a_reader_that_has_seen_enough_is_no_fault() -> None:
    with subprocess.Popen(
        [*COMMAND, "--version"], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        message = process.stderr.read()
    assert (process.returncode, message) == (0, b"")
