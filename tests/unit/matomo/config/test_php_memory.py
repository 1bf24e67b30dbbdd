"""The memory limit that PHP makes of a text. Expected values are PHP's own answers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.config.php_memory import START, is_quantity, limit_of
from tests.support.recordings import RECORDINGS

PHP = json.loads((RECORDINGS / "php" / "answers.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", PHP["memory_limit"])
def test_the_limit_is_the_one_that_php_puts_in_force(text: str) -> None:
    assert limit_of(text) == PHP["memory_limit"][text]


@pytest.mark.parametrize(("text", "is_one"), [("1.5G", True), (" 5", True), ("lots", False)])
def test_a_number_comes_first(text: str, is_one: bool) -> None:
    assert is_quantity(text) == is_one


@given(st.text() | st.integers(2 * 1024**2, 2**62).map(str))
def test_any_text_is_some_limit(text: str) -> None:
    limit = limit_of(text)
    assert limit is None or limit >= 2 * 1024**2


def test_the_start_is_php_s_own() -> None:
    assert START == 134217728
