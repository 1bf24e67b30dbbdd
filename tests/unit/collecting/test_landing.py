"""The page that a person sees first."""

import time
from html.parser import HTMLParser

import pytest

from matomo_archive_exporter import __version__
from matomo_archive_exporter.collecting.landing import landing_page
from matomo_archive_exporter.metrics.exporter import CollectorState


def state(**changes: object) -> CollectorState:
    values = {"name": "queue", "success": True, "duration": 0.25, "last_success": time.time()}
    return CollectorState(**(values | {"errors": {}} | changes))  # type: ignore[arg-type]


class Reader(HTMLParser):
    """The tags, links and texts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str | None] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_it_names_the_version_and_links_to_everything() -> None:
    page = Reader(landing_page([], "/probe"))
    assert page.links == ["/advice", "/probe", "/-/healthy", "/-/ready"]
    assert any(__version__ in text for text in page.texts)


UNDER_WAY = "The first reading is running."


@pytest.mark.parametrize("states", [[], [state()]])
def test_until_the_first_reading_has_ended_it_says_so(states: list[CollectorState]) -> None:
    assert UNDER_WAY in landing_page(states, "/metrics", has_read=False)
    assert UNDER_WAY not in landing_page(states, "/metrics")


def test_each_collector_has_its_state() -> None:
    failing = state(name="runs", success=False, last_success=None, errors={"timeout": 2})
    texts = Reader(landing_page([state(), failing], "/metrics")).texts
    assert {"queue", "works", "0.250 s", "0 s ago"} <= set(texts)
    assert {"runs", "fails (timeout 2x since the start)", "never"} <= set(texts)


def test_errors_that_never_came_up_are_not_named() -> None:
    failing = state(success=False, errors={"timeout": 0, "bad_data": 1})
    assert "fails (bad_data 1x since the start)" in landing_page([failing], "/metrics")


def test_values_that_are_too_old_differ_from_failures() -> None:
    assert "values are too old" in landing_page([state(success=False)], "/metrics")


def test_nothing_that_is_shown_can_become_markup() -> None:
    nasty = "<script>alert('x')</script>&\""
    collector = state(name=nasty, success=False, errors={nasty: 1})
    page = Reader(landing_page([collector], f'/"{nasty}'))
    assert "script" not in page.tags
    assert nasty in page.texts
    assert page.links[1] == f'/"{nasty}'


def test_braces_are_shown_as_they_are() -> None:
    assert "{rows} {0}" in landing_page([state(name="{rows} {0}")], "/metrics")
