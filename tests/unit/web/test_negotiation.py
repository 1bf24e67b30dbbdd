"""Which format a client gets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.web.formats import accepts_gzip, negotiate

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
def test_every_other_client_gets_the_text_format(accept: str) -> None:
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
