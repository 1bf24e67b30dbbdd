"""How long a page is valid."""

import time

from matomo_archive_exporter.collecting.pages import Pages
from tests.support.targets import age, target_after_a_reading


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
