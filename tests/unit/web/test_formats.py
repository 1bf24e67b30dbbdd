"""Families to bytes."""

import gzip

import pytest

from matomo_archive_exporter.web.formats import CONTENT_TYPES, render, render_text
from tests.support.readings import series_in_openmetrics, series_in_text
from tests.support.targets import target_after_a_reading


def test_both_formats_are_read_back_alike_by_prometheus_own_parsers() -> None:
    families = [*target_after_a_reading().families()]
    text, openmetrics = series_in_text(families), series_in_openmetrics(families)
    assert len(text) > 50
    assert text == openmetrics


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
