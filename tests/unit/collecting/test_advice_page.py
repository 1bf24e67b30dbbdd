"""`/advice` serves the same advice to people and to programs."""

import json
from html.parser import HTMLParser

from matomo_archive_exporter.collecting.advice_page import advice_page
from matomo_archive_exporter.collecting.pages import Pages
from matomo_archive_exporter.matomo.queue.queue import QueueGroup
from tests.support.readings import queue_reading
from tests.support.targets import age, finds, read_once, target_after_a_reading, target_with

EVIL = QueueGroup(0, 1, "done.<script>alert(1)</script>", None, 5, oldest_invalidated=1000)


class Reader(HTMLParser):
    """The tags and the text of a page."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_page_text_and_json_say_the_same() -> None:
    found = advice_page(target_after_a_reading())
    message = json.loads(found.json)
    assert message["headline"][0].startswith("RISK: the next core:archive runs out of memory")
    page = Reader(found.html).text
    for sentence in message["headline"]:
        assert sentence in page
        assert sentence in " ".join(found.text.decode().split())


def test_it_tells_of_which_moment_it_is() -> None:
    found = advice_page(target_after_a_reading())
    assert "Read at 2024-12-20 12:00:00 UTC." in Reader(found.html).text
    assert b"Read at 2024-12-20 12:00:00 UTC." in found.text


def test_nothing_of_the_database_becomes_part_of_the_page() -> None:
    target = target_with()
    read_once(target, queue=finds(queue_reading(EVIL)))
    found = Reader(advice_page(target).html)
    assert "script" not in found.tags
    assert "<script>alert(1)</script>" in found.text


def test_before_the_first_reading_it_says_that_nothing_is_known() -> None:
    found = advice_page(target_with())
    assert json.loads(found.json)["is_risk"] is None
    assert b"NOT KNOWN" in found.text


def test_advice_vanishes_with_the_values_that_it_follows_from() -> None:
    target = target_after_a_reading(max_age=600)
    pages = Pages(target)
    assert b"RISK" in pages.advice().text
    age(target, 601)
    pages.publish()
    assert b"NOT KNOWN" in pages.advice().text


def test_the_verdicts_have_colours_and_words() -> None:
    verdicts = advice_page(target_after_a_reading()).verdicts
    assert '<div class="verdict ok"><strong>This run</strong>' in verdicts
    assert '<div class="verdict risk"><strong>The next run</strong>' in verdicts
