"""Foreign text reaches a terminal as text: it moves no cursor and adds no line."""

import json
import os
import pty
import re
import subprocess
from collections.abc import Sequence

import pytest

from tests.conftest import PASSWORD, Database
from tests.support import everything
from tests.support.process import COMMAND, environment, run
from tests.support.rogue_server import rogue

# Clear the screen, set the title, a line that looks like ours, C1 controls, text backwards.
HOSTILE = "\x1b[2J\x1b]0;x\x07\r\nOK: nothing to do\x9b31m\u202e\u2028\x85end"
VARIABLES = {"MATOMO_DATABASE_PASSWORD": PASSWORD}
PRINTABLE = re.compile(r"[^\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]*")
COMMANDS = (["check"], ["advise"], ["forecast"], ["once"])


@pytest.fixture
def hostile(database: Database) -> Database:
    """A Matomo in which everything that is text is hostile."""
    everything.load(database.connection)
    with database.connection.cursor() as cursor:
        cursor.execute(
            "UPDATE matomo_archive_invalidations"
            " SET name = CONCAT('done.', %s), report = LEFT(CONCAT(idinvalidation % 3, %s), 255)",
            (HOSTILE, HOSTILE),
        )
        cursor.execute(
            "UPDATE matomo_option SET option_value = %s WHERE option_name = 'version_core'",
            (HOSTILE,),
        )
        cursor.execute(f"CREATE TABLE `{HOSTILE.replace('/', '')}archive_invalidations` (a INT)")
    return database


def on_a_terminal(arguments: Sequence[str]) -> str:
    """All that a command prints where it finds a terminal on both outputs."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *arguments], env=environment(VARIABLES), stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    got = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # Linux says so at the end
            break
        got += part
    process.wait()
    os.close(ours)
    return got.decode().replace("\r\n", "\n")


def assert_harmless(text: str) -> None:
    assert PRINTABLE.fullmatch(text)
    assert "\nOK: nothing to do" not in text


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_hostile_database_has_no_way_to_the_terminal(
    hostile: Database, command: list[str]
) -> None:
    assert_harmless(on_a_terminal([*command, *hostile.flags, "--log.level=debug"]))


def test_a_hostile_database_of_another_program_has_no_way_to_the_terminal(
    hostile: Database,
) -> None:
    assert_harmless(on_a_terminal(["check", *hostile.flags, "--database.tables-prefix=other_"]))


@pytest.mark.parametrize("command", ["check --database.tables-prefix=other_", "advise"])
def test_json_says_the_same_in_characters_that_a_terminal_shows(
    hostile: Database, command: str
) -> None:
    name, *options = command.split()
    done = run(name, *hostile.flags, *options, "--json", variables=VARIABLES)
    assert PRINTABLE.fullmatch(done.out)
    assert "\x1b[2J" in json.dumps(json.loads(done.out), ensure_ascii=False).replace(
        "\\u001b", "\x1b"
    )


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_hostile_server_that_refuses_has_no_way_to_the_terminal(command: list[str]) -> None:
    with rogue(says=HOSTILE) as server:
        where = (f"--database.port={server.port}", "--database.username=reader")
        assert_harmless(on_a_terminal([*command, *where]))


def test_a_page_that_goes_to_a_program_is_byte_for_byte_what_is_served(hostile: Database) -> None:
    done = run("once", *hostile.flags, variables=VARIABLES)
    assert 'report="' in done.out
    assert "\x1b[2J" in done.out


@pytest.mark.parametrize(
    "arguments",
    [
        ["once", f"--output=/nowhere/{HOSTILE}"],
        ["forecast", f"--queue=/nowhere/{HOSTILE}"],
        ["check", f"--config-ini=/nowhere/{HOSTILE}"],
        ["serve", f"--web.config.file=/nowhere/{HOSTILE}"],
        ["once", f"--{HOSTILE}=1"],
        ["healthy", f"--url=http://{HOSTILE}"],
    ],
    ids=lambda arguments: arguments[1].partition("=")[0],
)
def test_typed_text_comes_back_as_text(arguments: list[str]) -> None:
    text = on_a_terminal(arguments)
    assert text
    assert_harmless(text)
