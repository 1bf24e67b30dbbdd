"""Families to bytes, once per reading."""

import gzip
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.page import (
    CONTENT_TYPES,
    Pages,
    accepts_gzip,
    negotiate,
    render,
    render_text,
)
from tests.support.readings import series_in_openmetrics, series_in_text
from tests.support.targets import age, target_after_a_reading

OPENMETRICS = "application/openmetrics-text"
PROMETHEUS_2 = (
    "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;"
    "q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
    "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;"
    "escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1"
)
PROMETHEUS_2_TEXT_ONLY = "text/plain;version=0.0.4;q=1,*/*;q=0.1"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


# Which format


@pytest.mark.parametrize(
    "accept",
    [
        PROMETHEUS_2,
        PROMETHEUS_3,
        OPENMETRICS,
        f"{OPENMETRICS}; version=1.0.0; charset=utf-8",
        f"{OPENMETRICS};q=0.1",
        f"text/plain;q=0.3, {OPENMETRICS};q=0.4",
        f"text/plain;q=0.5, {OPENMETRICS};q=0.5",
        f"*/*;q=0.1,{OPENMETRICS}",
        "Application/OpenMetrics-Text; Version=1.0.0; Q=0.5",
    ],
)
def test_openmetrics_goes_to_those_who_like_it_as_well(accept: str) -> None:
    assert negotiate(accept) == "openmetrics"


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        BROWSER,
        PROMETHEUS_2_TEXT_ONLY,
        "text/plain",
        "application/json",
        f"{OPENMETRICS};q=0",
        f"{OPENMETRICS};q=0.000",
        f"{OPENMETRICS};q=0,*/*;q=0",
        f"{OPENMETRICS};q=0.3,text/plain;q=0.4",
        f"{OPENMETRICS};q=0.3,*/*",
        f"{OPENMETRICS};version=2.0.0",
        f"{OPENMETRICS};version=2.0.0;q=1,text/plain;q=0.1",
        f"{OPENMETRICS};q=much",
        f"{OPENMETRICS};q=",
        f"{OPENMETRICS};q=nan",
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
    ],
)
def test_everybody_else_gets_the_text_format(accept: str) -> None:
    assert negotiate(accept) == "text"


@given(st.text() | st.text("aopenmtricsx/*-;=,.q01 \t"))
def test_a_garbled_header_still_names_a_format(accept: str) -> None:
    assert negotiate(accept) in ("text", "openmetrics")
    assert accepts_gzip(accept) in (True, False)


@given(st.permutations(PROMETHEUS_3.split(",")))
def test_the_order_in_a_header_does_not_matter(entries: list[str]) -> None:
    assert negotiate(",".join(entries)) == "openmetrics"


@pytest.mark.parametrize(
    "header", ["gzip", "gzip, deflate, br", "deflate;q=1, gzip;q=0.5", "*", "GZIP", "*;q=0,gzip"]
)
def test_gzip_goes_to_those_who_take_it(header: str) -> None:
    assert accepts_gzip(header)


@pytest.mark.parametrize(
    "header", ["", "identity", "br", "gzip;q=0", "gzip; q=0.0", "*;q=0", "gzip;q=0,*", "*,gzip;q=0"]
)
def test_gzip_does_not_go_to_others(header: str) -> None:
    assert not accepts_gzip(header)


# What is on it


def test_both_formats_are_read_back_alike_by_prometheus_own_parsers() -> None:
    families = [*target_after_a_reading().families()]
    text, openmetrics = series_in_text(families), series_in_openmetrics(families)
    assert len(text) > 50
    assert text == openmetrics


def test_openmetrics_has_its_end_and_text_has_not() -> None:
    page = render(target_after_a_reading().families(), 0)
    assert page.bodies["openmetrics"].endswith(b"\n# EOF\n")
    assert b"# EOF" not in page.bodies["text"]


def test_every_family_has_its_help_and_type() -> None:
    lines = render_text(target_after_a_reading().families()).decode().splitlines()
    names = {line.split()[2] for line in lines if line.startswith("# TYPE ")}
    helps = {line.split()[2]: line.split(maxsplit=3)[3] for line in lines if "# HELP " in line}
    assert set(helps) == names
    assert all(helps.values())


def test_both_formats_have_their_content_type() -> None:
    assert CONTENT_TYPES == {
        "text": "text/plain; version=0.0.4; charset=utf-8",
        "openmetrics": "application/openmetrics-text; version=1.0.0; charset=utf-8",
    }


@pytest.mark.parametrize("name", ["text", "openmetrics"])
def test_a_page_is_there_in_gzip_too(name: str) -> None:
    page = render(target_after_a_reading().families(), 0)
    assert gzip.decompress(page.gzipped[name]) == page.bodies[name]  # type: ignore[index]
    assert len(page.gzipped[name]) < len(page.bodies[name])  # type: ignore[index]


# How long it is good


def test_a_page_is_rendered_once_and_served_until_the_next_reading() -> None:
    target = target_after_a_reading()
    pages = Pages(target)
    first = pages.current()
    assert pages.current() is first
    pages.publish()
    assert pages.current() is not first


def test_a_page_is_good_until_its_first_value_is_too_old() -> None:
    target = target_after_a_reading(max_age=600)
    read_at = min(c.last_good.at for c in target.collectors if c.last_good)
    assert Pages(target).current().expires == read_at + 600


def test_a_page_without_values_is_good_for_ever() -> None:
    target = target_after_a_reading()
    for collector in target.collectors:
        collector.last_good = None
    assert Pages(target).current().expires == float("inf")


def test_values_vanish_from_the_page_once_they_are_too_old_without_another_reading() -> None:
    target = target_after_a_reading(max_age=600)
    pages = Pages(target)
    assert b"matomo_archive_invalidations{" in pages.current().bodies["text"]
    age(target, 600 - 0.2)
    pages.publish()
    give_up = time.monotonic() + 20
    while b"matomo_archive_invalidations{" in pages.current().bodies["text"]:
        assert time.monotonic() < give_up
        time.sleep(0.02)
    body = pages.current().bodies["text"]
    assert b"\nmatomo_up 0.0\n" in body
    assert b'collector_success{collector="queue"} 0.0\n' in body
    assert pages.current() is pages.current()
