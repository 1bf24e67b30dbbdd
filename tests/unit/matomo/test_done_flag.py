"""Done flags: `done[<segment hash>][.<plugin>]`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.done_flag import DoneFlag, parse

HASHES = st.text("0123456789abcdef", min_size=32, max_size=32)
PLUGINS = st.from_regex(r"[A-Z][A-Za-z0-9]{0,59}", fullmatch=True)


@pytest.mark.parametrize(
    ("name", "segment", "plugin"),
    [
        ("done", "", ""),
        ("done.VisitsSummary", "", "VisitsSummary"),
        ("donefea44bece172bc9696ae57c26888bf8a", "fea44bece172bc9696ae57c26888bf8a", ""),
        ("donefea44bece172bc9696ae57c26888bf8a.Goals", "fea44bece172bc9696ae57c26888bf8a", "Goals"),
    ],
)
def test_a_flag_has_a_segment_and_a_plugin(name: str, segment: str, plugin: str) -> None:
    assert parse(name) == DoneFlag(segment, plugin)


@given(HASHES | st.just(""), PLUGINS | st.just(""))
def test_a_flag_is_parsed_into_its_parts(segment: str, plugin: str) -> None:
    name = f"done{segment}.{plugin}" if plugin else f"done{segment}"
    flag = parse(name)
    assert flag == DoneFlag(segment, plugin)
    assert flag.scope == ("segment" if segment else "all_visits")


@given(st.text(), PLUGINS)
def test_only_done_itself_before_the_first_dot_means_all_visits(head: str, plugin: str) -> None:
    head = head.replace(".", "")
    is_all_visits = parse(f"{head}.{plugin}").scope == "all_visits"
    assert is_all_visits == (head == "done")


@given(st.text())
def test_any_text_at_all_has_a_scope(name: str) -> None:
    assert parse(name).scope in ("all_visits", "segment")


@given(HASHES, PLUGINS, st.text())
def test_a_plugin_may_have_dots(segment: str, plugin: str, rest: str) -> None:
    assert parse(f"done{segment}.{plugin}.{rest}").plugin == f"{plugin}.{rest}"
