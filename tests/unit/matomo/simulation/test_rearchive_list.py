"""Option ReArchiveList, as Matomo 5.2.0 leaves it and as it may arrive broken."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.simulation.rearchive_list import (
    ReArchiveListError,
    ReArchiving,
    parse,
)

SAMPLES = Path(__file__).parents[3] / "samples"
HITS = ReArchiving(None, "Actions", "Actions_hits", 1767225600, None)
JANUARY = b'{"idSites":"all","pluginName":"Actions","report":null,"startDate":1767225600}'


def sample(name: str) -> bytes:
    return (SAMPLES / f"ReArchiveList-{name}.bin").read_bytes()


def serialized(entries: dict[int, bytes]) -> bytes:
    """Serialize an array of strings as PHP does: lengths in bytes, keys as they are."""
    items = b"".join(b'i:%d;s:%d:"%s";' % (key, len(e), e) for key, e in entries.items())
    return b"a:%d:{%s}" % (len(entries), items)


def entry(**fields: object) -> ReArchiving:
    text = json.dumps({"idSites": "all"} | fields).encode()
    (re_archiving,) = parse(serialized({0: text}))
    return re_archiving


# Lists that Matomo wrote


def test_the_backfill_of_5_2_0_is_one_entry_for_all_sites() -> None:
    assert parse(sample("1-hits-backfill")) == (HITS,)


def test_an_entry_may_name_sites_and_a_segment() -> None:
    report = ReArchiving((1, 2, 3), "CustomReports", "12", 1777593600, "countryCode==de")
    assert parse(sample("2-plus-custom-report-with-segment")) == (HITS, report)


def test_sites_are_an_object_after_one_of_them_was_removed() -> None:
    assert parse(sample("5-after-remove-CustomReports.12")) == (
        HITS,
        ReArchiving((2, 3), "CustomReports", "12", 1777593600, "countryCode==de"),
        ReArchiving((7,), "Funnels", None, None, None),
        ReArchiving(None, None, None, 1772323200, None),
    )


def test_an_empty_list_has_no_entries() -> None:
    assert parse(sample("6-empty")) == ()


@pytest.mark.parametrize("value", [b"", b"b:0;", b"N;", b"i:0;", b's:0:"";'])
def test_a_false_value_of_php_is_an_empty_list(value: bytes) -> None:
    assert parse(value) == ()


# What else an entry may be


def test_keys_may_have_gaps_or_be_strings() -> None:
    assert len(parse(serialized({7: JANUARY, -1: JANUARY, 3: JANUARY}))) == 3
    assert parse(b'a:1:{s:3:"k;\xff";s:17:"{"idSites":"all"}";}') == (
        ReArchiving(None, None, None, None, None),
    )


def test_lengths_count_bytes() -> None:
    text = '{"idSites":[1],"segment":"city==Z\u00fcrich \U0001f600"}'
    (re_archiving,) = parse(serialized({0: text.encode()}))
    assert re_archiving.segment == "city==Zürich 😀"


def test_numbers_may_be_written_as_strings_and_strings_as_numbers() -> None:
    re_archiving = entry(idSites=["4", 5], report=12, startDate="1777593600")
    assert re_archiving == ReArchiving((4, 5), None, "12", 1777593600, None)


@pytest.mark.parametrize("start", [None, 0, "", "0", False])
def test_an_empty_start_date_is_none(start: object) -> None:
    assert entry(startDate=start).start is None


def test_an_empty_plugin_or_report_is_none_but_an_empty_segment_is_kept() -> None:
    assert entry(pluginName="", report="", segment="") == ReArchiving(None, None, None, None, "")


SITES = st.none() | st.lists(st.integers(0, 2**32)).map(tuple)
NAMES = st.none() | st.text(min_size=1)
RE_ARCHIVINGS = st.builds(
    ReArchiving,
    sites=SITES,
    plugin=NAMES,
    report=NAMES,
    start=st.none() | st.integers(1, 2**32),
    segment=st.none() | st.text(),
)


def encoded(re_archiving: ReArchiving, *, sites_as_object: bool, escaped: bool) -> bytes:
    sites: object = "all" if re_archiving.sites is None else list(re_archiving.sites)
    if sites_as_object and isinstance(sites, list):
        sites = {str(2 * index + 1): site for index, site in enumerate(sites)}
    fields = {
        "idSites": sites,
        "pluginName": re_archiving.plugin,
        "report": re_archiving.report,
        "startDate": re_archiving.start,
        "segment": re_archiving.segment,
    }
    return json.dumps(fields, ensure_ascii=escaped).replace("/", "\\/").encode()


@given(
    st.dictionaries(st.integers(-(2**63), 2**63 - 1), RE_ARCHIVINGS), st.booleans(), st.booleans()
)
def test_a_list_written_as_php_does_is_read_back(
    re_archivings: dict[int, ReArchiving], sites_as_object: bool, escaped: bool
) -> None:
    value = serialized(
        {
            key: encoded(re_archiving, sites_as_object=sites_as_object, escaped=escaped)
            for key, re_archiving in re_archivings.items()
        }
    )
    assert parse(value) == tuple(re_archivings.values())


def test_ten_megabytes_are_read_without_copying_the_rest_for_each_entry() -> None:
    value = serialized(dict.fromkeys(range(100_000), JANUARY))
    assert len(value) > 9_000_000
    start = time.perf_counter()
    assert len(parse(value)) == 100_000
    assert time.perf_counter() - start < 15


# Broken input


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (b"b:1;", "byte 0: no PHP-serialized array"),
        (b"a:1:{}", "byte 5: no PHP-serialized string"),
        (b"a:1:{i:0;i:5;}", "byte 9: no PHP-serialized string"),
        (b'a:1:{i:0;s:9:"{}";}', "byte 9: the string does not end where its length says"),
        (b'a:1:{i:0;s:1:"{}";}', "byte 9: the string does not end where its length says"),
        (b'a:1:{i:0;s:2:"{]";}', "byte 14: the entry is not JSON"),
        (b'a:1:{i:0;s:2:"\xff\xfe";}', "byte 14: the entry is not JSON"),
        (b'a:1:{i:0;s:2:"[]";}', "byte 14: the entry is not a JSON object"),
        (b"a:0:{} ", "byte 5: the array does not end here"),
        (b"a:0:{", "byte 5: the array does not end here"),
    ],
)
def test_a_broken_list_is_an_error_that_names_the_byte(value: bytes, message: str) -> None:
    with pytest.raises(ReArchiveListError) as error:
        parse(value)
    assert str(error.value).startswith(f"ReArchiveList, {message}")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("idSites", None),
        ("idSites", "some"),
        ("idSites", [True]),
        ("idSites", [-1]),
        ("idSites", [10**15]),
        ("idSites", ["9" * 5000]),
        ("pluginName", ["Actions"]),
        ("report", 1.5),
        ("startDate", "yesterday"),
        ("segment", "\ud800"),
    ],
)
def test_a_field_of_the_wrong_kind_is_an_error_that_names_it(name: str, value: object) -> None:
    with pytest.raises(ReArchiveListError, match=rf"byte 1\d: the entry's {name} cannot"):
        entry(**{name: value})


@pytest.mark.parametrize("bomb", [b"[" * 200_000, b"1" * 5_000, b'{"a":' * 200_000])
def test_json_that_python_gives_up_on_is_an_error_like_any_other(bomb: bytes) -> None:
    with pytest.raises(ReArchiveListError, match="not JSON"):
        parse(serialized({0: bomb}))


@given(st.data())
def test_a_list_cut_short_is_an_error(data: st.DataObject) -> None:
    whole = sample("5-after-remove-CustomReports.12")
    with pytest.raises(ReArchiveListError):
        parse(whole[: data.draw(st.integers(1, len(whole) - 1))])


FRAGMENTS = st.sampled_from(
    [b"a:1:{", b"a:2:{", b"i:0;", b"s:2:", b'"{}"', b";", b"}", b"s:1:", b"[]", b"\xff", JANUARY]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
FIELDS = ["idSites", "pluginName", "report", "startDate", "segment"]
ENTRIES = st.dictionaries(st.sampled_from(FIELDS), JSON).map(
    lambda fields: json.dumps(fields).encode()
)


@given(
    st.binary()
    | st.lists(FRAGMENTS).map(b"".join)
    | st.dictionaries(st.integers(0, 9), st.binary() | ENTRIES, max_size=3).map(serialized)
)
def test_nothing_but_our_error_is_ever_raised(value: bytes) -> None:
    try:
        re_archivings = parse(value)
    except ReArchiveListError as error:
        assert "ReArchiveList, byte " in str(error)  # noqa: PT017
    else:
        assert all(isinstance(re_archiving, ReArchiving) for re_archiving in re_archivings)
