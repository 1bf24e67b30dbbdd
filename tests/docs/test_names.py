"""The docs name options, variables, metrics and settings that exist, and pull only what is ours."""

import re
from pathlib import Path

import pytest

from grafana.alerts.rules import alerts
from matomo_archive_exporter.settings.settings import Settings
from matomo_archive_exporter.settings.table import option_groups
from tests.support.catalogue import every_family
from tests.support.doc_commands import DOCS, blocks, pages
from tests.support.helm import CHART
from tests.support.process import REPOSITORY

PAGES = pages()
OPTIONS = [option for group in option_groups(Settings) for option in group.options]
ENDINGS = ("_bucket", "_sum", "_count", "_total")
# Names under which the project has published nothing yet.
UNCLAIMED = re.compile(
    r"(?:ghcr\.io|github\.com)/matomo-archive-exporter|pip install (?:\S+ )*matomo-archive-exporter"
)


def each(pages: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "page", pages, ids=lambda page: str(page.relative_to(REPOSITORY))
    )


every_page = each(PAGES)


def named(page: Path, pattern: str) -> set[str]:
    return set(re.findall(pattern, page.read_text(encoding="utf-8")))


@every_page
def test_every_option_exists(page: Path) -> None:
    found = named(page, r"--(?:database|archiver|collect|web|log)\.[a-z.-]*[a-z]")
    assert found - {option.flag for option in OPTIONS} == set()


@every_page
def test_every_variable_exists(page: Path) -> None:
    found = named(page, r"\bMATOMO_[A-Z_]*[A-Z]\b")
    assert found - {option.variable for option in OPTIONS} == set()


@every_page
def test_every_metric_exists(page: Path) -> None:
    families = {family.name for family in every_family()}
    names = families | {f"{name}{ending}" for name in families for ending in ENDINGS}
    assert (
        named(page, r"\bmatomo_(?:archive_(?!exporter\b)\w*[a-z]|up|info)\b(?![*….])") - names
        == set()
    )


@pytest.mark.parametrize(
    "page", [*PAGES, CHART / "README.md"], ids=lambda page: str(page.relative_to(REPOSITORY))
)
def test_no_command_pulls_a_name_that_anybody_may_claim(page: Path) -> None:
    shell = [*blocks(page), *blocks(page, "")]
    assert UNCLAIMED.findall("\n".join(block.code for block in shell)) == []
    for command in (command for block in shell for command in block.commands):
        if command[:2] == ["docker", "run"]:
            assert "--pull=never" in command
        if command[:2] == ["helm", "install"]:
            assert any("image.registry=registry.example.org" in word for word in command)


def test_the_page_for_the_night_has_every_alert_that_pages() -> None:
    page = (DOCS / "answer-a-page.md").read_text(encoding="utf-8")
    table = page.partition("## 2.")[0]
    paging = {alert.name for alert in alerts() if alert.severity == "page"}
    assert set(re.findall(r"\[(MatomoArchive\w+)\]", table)) == paging
