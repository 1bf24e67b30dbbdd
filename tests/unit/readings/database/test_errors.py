"""Errors of the driver, as reasons on the page."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mysql.connector import Error, errors

from matomo_archive_exporter.readings.database.errors import (
    REASONS,
    ReadingError,
    connect_failure,
    statement_failure,
)

WORDS = {
    "unreachable",
    "access_denied",
    "missing_privilege",
    "missing_table",
    "timeout",
    "lost_connection",
    "unsupported_version",
    "database_error",
    "bad_data",
    "internal",
}


def test_the_words_are_those_that_were_promised() -> None:
    assert set(REASONS) == WORDS


# Connecting


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (1045, "access_denied"),  # wrong user or password
        (1044, "access_denied"),  # not to this database
        (1698, "access_denied"),  # MariaDB: unix_socket refuses
        (3118, "access_denied"),  # MySQL: account locked
        (1862, "access_denied"),  # password expired
        (1130, "access_denied"),  # host not allowed
        (1820, "access_denied"),  # the password has to be changed first
        (3159, "access_denied"),  # MySQL: no TLS, and it is demanded
        (1049, "missing_table"),  # no such database
        (1047, "unreachable"),  # Galera: not part of a cluster
        (9001, "unreachable"),  # ProxySQL: no server
        (1040, "unreachable"),  # too many connections
        (1203, "unreachable"),  # too many of this user
        (2003, "unreachable"),  # no server listens
        (2005, "unreachable"),  # no such host
        (2013, "unreachable"),  # gone during the handshake
        (2026, "unreachable"),  # TLS
        (3024, "unreachable"),  # no answer in time
        (99999, "unreachable"),
    ],
)
def test_a_failed_attempt_to_connect(number: int, reason: str) -> None:
    failure = connect_failure(Error("no", errno=number))
    assert failure.reason == reason
    assert str(failure).startswith("cannot connect: ")


@pytest.mark.parametrize("error", [OSError("x"), TimeoutError(), EOFError(), socket.gaierror(-2)])
def test_a_database_that_is_not_there_is_unreachable(error: Exception) -> None:
    assert connect_failure(error).reason == "unreachable"


# Statements


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (1142, "missing_privilege"),  # SELECT denied for the table
        (1143, "missing_privilege"),  # SELECT denied for the column
        (1044, "missing_privilege"),
        (1227, "missing_privilege"),
        (1146, "missing_table"),
        (1054, "missing_table"),  # no such column
        (1969, "timeout"),  # MariaDB: max_statement_time
        (3024, "timeout"),  # MySQL: max_execution_time
        (1205, "timeout"),  # lock wait
        (1317, "lost_connection"),  # KILL QUERY
        (1927, "lost_connection"),  # MariaDB: KILL CONNECTION
        (1053, "lost_connection"),  # shutdown
        (2006, "lost_connection"),
        (2013, "lost_connection"),
        (4031, "lost_connection"),
        (1820, "access_denied"),  # the password has to be changed first
        (3159, "access_denied"),  # MySQL: no TLS, and it is demanded
        (1047, "unreachable"),  # Galera: not part of a cluster
        (9001, "unreachable"),  # ProxySQL: no server
        (1176, "missing_table"),  # no such index
        (1064, "internal"),  # our SQL is wrong
        *[
            (number, "database_error")
            for number in (1020, 1021, 1030, 1041, 1104, 1105, 1114, 1184, 1194, 1213, 1290, 1412)
        ],
        *[(number, "database_error") for number in (1836, 3572, 99999)],
    ],
)
def test_a_failed_statement(number: int, reason: str) -> None:
    assert statement_failure(Error("no", errno=number)).reason == reason


@pytest.mark.parametrize("error", [OSError("reset"), EOFError(), IndexError("bytearray")])
def test_a_socket_that_dies_in_the_middle_is_a_lost_connection(error: Exception) -> None:
    assert statement_failure(error).reason == "lost_connection"


@pytest.mark.parametrize("error", [errors.ReadTimeoutError, errors.WriteTimeoutError])
def test_the_drivers_own_time_outs_say_that_no_answer_came(error: type[Error]) -> None:
    failure = statement_failure(error(errno=3024))
    assert (failure.reason, str(failure)) == ("timeout", "no answer within the time limit")


@given(st.integers() | st.none(), st.text(min_size=1))  # the driver has no text of its own for all
def test_every_failure_has_one_of_the_words_and_one_line(number: int | None, text: str) -> None:
    error = Error(text, errno=number) if number is not None else OSError(text)
    for failure in (connect_failure(error), statement_failure(error)):
        assert failure.reason in WORDS
        assert len(str(failure).splitlines()) == 1


@given(st.text())
def test_the_message_of_a_reading_error_is_one_line(text: str) -> None:
    assert len(str(ReadingError("internal", text)).splitlines()) <= 1


def test_a_failure_without_a_text_is_called_by_its_type() -> None:
    assert str(statement_failure(EOFError())) == "EOFError"
