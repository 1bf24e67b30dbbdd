"""A secret that is given in the wrong place is not repeated in the error."""

import pytest

from tests.support.marked import MARK, finds
from tests.support.process import run

OPTIONS = (
    *("--database.port", "--database.ssl-mode", "--database.adapter"),
    *("--collect.interval", "--collect.top-sites", "--archiver.memory-limit", "--log.level"),
)
MISPLACED = [
    ["once", f"--database.pasword={MARK}"],
    ["once", "--database.pasword", MARK],
    ["once", "--database.host", "db", MARK],
    ["serve", f"--web.listen-address={MARK}"],
    [MARK],
]


@pytest.mark.parametrize("arguments", MISPLACED, ids=" ".join)
def test_a_secret_in_the_wrong_place_is_not_repeated(arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("matomo-archive-exporter: ")
    assert finds(done.err) == []


def test_a_secret_in_the_wrong_option_is_not_repeated() -> None:
    done = run("once", *(f"{option}={MARK}" for option in OPTIONS))
    assert done.status == 2
    assert {line.split(": ")[1] for line in done.err.splitlines()} == set(OPTIONS)
    assert finds(done.err) == []


def test_a_secret_in_the_wrong_variable_is_not_repeated() -> None:
    variables = {
        "MATOMO_DATABASE_PORT": MARK,
        "MATOMO_COLLECT_MAX_AGE": MARK,
        "MATOMO_DATABASE_PASSWRD": MARK,
        "PHP_MEMORY_LIMIT": MARK,
    }
    done = run("once", "--log.level=debug", variables=variables)
    assert done.status == 2
    for name in ("MATOMO_DATABASE_PORT", "MATOMO_COLLECT_MAX_AGE", "PHP_MEMORY_LIMIT"):
        assert name in done.err
    assert finds(done.err) == []
