"""Where the quotation of a bad answer begins and ends, and the events in it."""

import pytest

from tests.support.archiver_logs import FATAL, URL, archiver_death, reported, stamped

FIRST = b"Got invalid response from API request: %s. Response was '%%s'" % URL
LAST = b"Error unserializing the following response from %s: '%%s'" % URL
DIED = b"PHP Fatal error:  " + FATAL
DEAD = b"\nFatal error: %s\n\nFatal error: %s\n" % (FATAL, FATAL)
DONE = stamped(b"Done archiving!")


def error(message: bytes, pid: int = 7) -> bytes:
    return stamped(message, level=b"ERROR", pid=pid)


def exported(answer: bytes) -> bytes:
    return stamped(b"'%s'" % answer.replace(b"\\", b"\\\\").replace(b"'", b"\\'"))


def of_file_writer(level: bytes, message: bytes) -> bytes:
    """From the writer to Matomo's own log file, which repeats what is before a message."""
    head = b"%s CronArchive[2026-11-23 07:00:00 UTC] [31a0f] " % level
    return b"".join(head + line.strip() + b"\n" for line in message.split(b"\n"))


ANSWERS = {
    "begins with a line's end": DEAD,
    "a line ends in a quote": b"Warning: it's 'odd'\n" + DIED + b"\nand more",
    "the first line ends in a quote": b"it's 'odd'\n\n" + DIED,
    "is a quote": b"'\n" + DIED + b"\n'",
    "ends in a quote": DIED + b"\n'quoted'",
    "ends with a line's end": DIED + b"\n",
    "holds a logger's line": b"x\n"
    + stamped(b"Fatal error encountered: y: " + FATAL, level=b"ERROR", pid=99),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
@pytest.mark.parametrize("info", [True, False])
def test_a_quotation_over_several_lines_is_one_request_that_died(answer: bytes, info: bool) -> None:
    """With PIWIK_ARCHIVE_NO_TRUNCATE."""
    text = error(FIRST % answer) + (exported(answer) if info else b"") + error(LAST % answer)
    summary = stamped(b"Error: " + FIRST % answer) + stamped(b"Error: " + LAST % answer)
    expected = {"invalid_response": 1, "memory_exhausted_request": 1}
    assert reported(text) == expected
    assert reported(text + DONE + summary) == expected | {"run_completed": 1}
    assert reported(text + archiver_death()) == expected | {"memory_exhausted_archiver": 1}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_the_file_writer_gives_the_same_events(answer: bytes) -> None:
    messages = [
        (b"ERROR", FIRST % answer),
        (b"INFO", b"'%s'" % answer.replace(b"'", b"\\'")),
        (b"ERROR", LAST % answer),
        (b"ERROR", b"2 total errors during this script execution, please investigate"),
        (b"ERROR", b"Fatal error encountered: x(1): " + FATAL),
    ]
    assert reported(b"".join(of_file_writer(*message) for message in messages)) == {
        "invalid_response": 1,
        "memory_exhausted_request": 1,
        "memory_exhausted_archiver": 1,
        "run_failed": 1,
    }


@pytest.mark.parametrize("answer", [b"{}\nno JSON", b"PHP Warning:  something\n{}", b"\n"])
def test_an_answer_of_which_only_the_last_line_is_logged_is_invalid_once(answer: bytes) -> None:
    """It does not hold the word error."""
    text = exported(answer) + error(LAST % answer.replace(b"\n", b" "))
    assert reported(text) == {"invalid_response": 1}
    assert reported(text * 3) == {"invalid_response": 3}


def test_a_death_that_only_the_last_line_tells_is_one() -> None:
    text = exported(DIED) + error(LAST % DIED)
    assert reported(text) == {"invalid_response": 1, "memory_exhausted_request": 1}


def test_an_archiver_that_dies_after_an_answer_in_json_is_dead() -> None:
    answer = b'{"result":"error","message":"no such site"}'
    text = error(FIRST % answer) + archiver_death(error=False)
    assert reported(text) == {"invalid_response": 1, "memory_exhausted_archiver": 1}


# Each sign of the archiver's own death, alone


@pytest.mark.parametrize(
    "line",
    [
        error(b"Fatal error encountered: /var/www/x.php(830): " + FATAL),
        b"ERROR CronArchive[2026-11-23 07:00:00 UTC] [31a0f] Fatal error encountered: x: " + FATAL,
        b"ERROR     [07:00:00] 871  Fatal error encountered: x: " + FATAL,
        b"Matomo encountered an error: %s (which lead to: x)" % FATAL,
        b"Piwik encountered an error: " + FATAL,
        b"PHP Fatal error:  " + FATAL,
        b"Fatal error: " + FATAL,
        b"Nov 23 07:00:00 host php[1]: PHP Fatal error:  " + FATAL,
    ],
)
def test_one_line_is_a_death(line: bytes) -> None:
    assert reported(line) == {"memory_exhausted_archiver": 1}


def test_all_of_them_together_are_one() -> None:
    text = archiver_death(logged=True) + b"Matomo encountered an error: %s (which lead" % FATAL
    assert reported(text) == {"memory_exhausted_archiver": 1}


@pytest.mark.parametrize(
    "line",
    [
        b"someone said: PHP Fatal error:  " + FATAL,
        b"an unknown wrapper >> ERROR  Got invalid response. Response was 'Fatal error: %s'"
        % FATAL,
    ],
)
def test_a_line_that_is_not_understood_is_no_death(line: bytes) -> None:
    assert reported(line) == {}
