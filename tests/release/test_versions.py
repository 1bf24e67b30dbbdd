"""`scripts/release versions` and `notes`: one version everywhere, and its changes."""

import pytest

from matomo_archive_exporter import __version__
from tests.support.release import CHART, IMAGE, NAMES_THE_IMAGE, VERSION_FILE, Tree

CHANGELOG = """\
# Changelog

## [Unreleased]

## [1.2.3] - 2026-12-01

### Added

- The third one.

## [1.2.30] - 2026-11-01

- Never was.

## [0.0.1] - 2026-10-01
"""


@pytest.fixture
def tree(tree: Tree) -> Tree:
    """A copy that is ready to be released as 1.2.3."""
    tree.replace(VERSION_FILE, f'"{__version__}"', '"1.2.3"')
    for name in ("version", "appVersion"):
        tree.replace(CHART, f"\n{name}: {__version__}\n", f"\n{name}: 1.2.3\n")
    for name in NAMES_THE_IMAGE:
        tree.replace(name, f"{IMAGE}:{__version__}", f"{IMAGE}:1.2.3")
    tree.replace("SECURITY.md", f"VERSION={__version__}", "VERSION=1.2.3")
    (tree.root / "CHANGELOG.md").write_text(CHANGELOG, encoding="utf-8")
    return tree


def refusal(tree: Tree, *arguments: str) -> str:
    """The one line with which it fails."""
    done = tree.release("versions", *arguments)
    assert (done.status, done.out) == (1, "")
    assert done.err.count("\n") == 1
    return done.err


def test_the_version_is_printed_when_all_agree(tree: Tree) -> None:
    for tag in ((), ("v1.2.3",)):
        done = tree.release("versions", *tag)
        assert (done.status, done.out, done.err) == (0, "1.2.3\n", "")


@pytest.mark.parametrize("tag", ["v1.2.4", "1.2.3", "v1.2.3-rc1", "v1.2.3 ; id"])
def test_another_tag_is_refused(tree: Tree, tag: str) -> None:
    assert refusal(tree, tag) == f"release: the tag says '{tag}', {VERSION_FILE} 'v1.2.3'\n"


@pytest.mark.parametrize("name", ["version", "appVersion"])
def test_another_version_in_the_chart_is_refused(tree: Tree, name: str) -> None:
    tree.replace(CHART, f"\n{name}: 1.2.3\n", f'\n{name}: "2.0.0"\n')
    line = f"release: {name} in {CHART} says '2.0.0', {VERSION_FILE} '1.2.3'\n"
    assert refusal(tree) == line


@pytest.mark.parametrize("name", NAMES_THE_IMAGE)
def test_another_image_in_what_people_copy_is_refused(tree: Tree, name: str) -> None:
    tree.replace(name, f"{IMAGE}:1.2.3", f"{IMAGE}:1.2.2")
    assert f"the image in {name} says '{IMAGE}:1.2.2'" in refusal(tree)


def test_another_version_in_what_verifies_a_release_is_refused(tree: Tree) -> None:
    tree.replace("SECURITY.md", "VERSION=1.2.3", "VERSION=1.2.2")
    assert "SECURITY.md says 'VERSION=1.2.2'" in refusal(tree)


def test_a_chart_may_quote_its_versions(tree: Tree) -> None:
    tree.replace(CHART, "\nappVersion: 1.2.3\n", '\nappVersion: "1.2.3"\n')
    assert tree.release("versions").status == 0


def test_another_version_of_the_package_is_refused(tree: Tree) -> None:
    tree.replace(VERSION_FILE, "1.2.3", "2.0.0")
    assert "Chart.yaml says '1.2.3'" in refusal(tree)


def test_a_version_that_is_none_is_refused(tree: Tree) -> None:
    tree.replace(VERSION_FILE, "1.2.3", "1.2.3.dev1")
    assert "'1.2.3.dev1' is no version to release" in refusal(tree)


def test_a_version_that_the_changelog_does_not_have_is_refused(tree: Tree) -> None:
    tree.replace("CHANGELOG.md", "## [1.2.3]", "## [1x2.3]")
    assert "CHANGELOG.md has no section '## [1.2.3] - YYYY-MM-DD'" in refusal(tree)


def test_a_section_without_a_date_is_refused(tree: Tree) -> None:
    tree.replace("CHANGELOG.md", "[1.2.3] - 2026-12-01", "[1.2.3] - soon")
    assert "CHANGELOG.md: '[1.2.3] - soon' has no date" in refusal(tree)


def test_the_notes_are_the_section_of_the_version(tree: Tree) -> None:
    done = tree.release("notes")
    assert (done.status, done.out) == (0, "### Added\n\n- The third one.\n")


def test_versions_that_disagree_have_no_notes(tree: Tree) -> None:
    tree.replace(CHART, "\nversion: 1.2.3\n", "\nversion: 1.2.4\n")
    done = tree.release("notes")
    assert (done.status, done.out) == (1, "")


def test_without_a_word_it_says_what_there_is(tree: Tree) -> None:
    done = tree.release()
    assert done.status == 1
    assert (
        done.err
        == "release: say what: scripts/release versions [TAG], notes, build, sbom or try IMAGE\n"
    )
