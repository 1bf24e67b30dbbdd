"""Families, made short to write."""

import math

from matomo_archive_exporter.metrics.family import counter, gauge, labelled_gauge, without_empty
from tests.support.readings import of, series_in_openmetrics, series_in_text


def test_none_leaves_the_series_out_and_zero_does_not() -> None:
    made = labelled_gauge("m", "text", ("label",), [(("a",), None), (("b",), 0)])
    assert of(series_in_text([made]), "m") == {("b",): 0}


def test_true_and_false_are_1_and_0() -> None:
    assert series_in_text([gauge("m", "text", True)]) == {("m", frozenset()): 1}
    assert series_in_text([gauge("m", "text", False)]) == {("m", frozenset()): 0}


def test_infinity_is_a_value() -> None:
    assert series_in_text([gauge("m", "text", math.inf)]) == {("m", frozenset()): math.inf}


def test_a_counter_is_called_total_in_both_formats() -> None:
    made = counter("m_total", "text", ("label",), [(("a",), 3)])
    for series in (series_in_text([made]), series_in_openmetrics([made])):
        assert of(series, "m_total") == {("a",): 3}


def test_families_without_a_sample_leave_no_help_behind() -> None:
    empty, full = gauge("empty", "text", None), gauge("full", "text", 1)
    assert [family.name for family in without_empty([empty, full])] == ["full"]
