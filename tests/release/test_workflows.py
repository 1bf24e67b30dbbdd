"""The workflows: actionlint accepts them, they have few rights, and their scripts exist.

No test runs what only GitHub can run. Other tests cover the scripts.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.support.delivery import delivery_tool
from tests.support.process import REPOSITORY
from tests.support.workflows import FOLDER, Workflow, workflows

ALL = workflows()
CI, NIGHTLY, RELEASE = ALL
PINNED = re.compile(r"^[\w.-]+/[\w./-]+@[0-9a-f]{40}$")
# Every right that a job has beyond reading the repository, and no other.
RIGHTS = {
    "ci.yml": {"test": set()},
    "nightly.yml": {"coverage": set(), "bare": set(), "cluster": set()},
    "release.yml": {
        "verify": set(),
        "test": set(),
        "files": set(),
        "image": {"packages: write", "id-token: write", "attestations: write"},
        "chart": {"packages: write", "id-token: write", "attestations: write"},
        "pypi": {"id-token: write"},
        "release": {"contents: write", "id-token: write", "attestations: write"},
    },
}


def name_of(workflow: Workflow) -> str:
    return workflow.name


def problems(*paths: Path) -> str:
    command = [str(delivery_tool("actionlint")), "-no-color", *map(str, paths)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return done.stdout + done.stderr


@pytest.mark.parametrize("workflow", ALL, ids=name_of)
def test_actionlint_has_nothing_to_say(workflow: Workflow) -> None:
    assert problems(FOLDER / workflow.name) == ""


@pytest.mark.parametrize("workflow", ALL, ids=name_of)
def test_every_action_is_pinned_by_commit_and_says_its_version(workflow: Workflow) -> None:
    assert len(workflow.uses) > 1
    for what, version in workflow.uses:
        assert PINNED.match(what), what
        assert re.fullmatch(r"v\d+\.\d+\.\d+", version), what


@pytest.mark.parametrize("workflow", ALL, ids=name_of)
def test_every_image_is_pinned_by_digest(workflow: Workflow) -> None:
    named = re.findall(r"(?:image:|image=|generator=) ?(docker\.io/\S+)", workflow.text)
    assert len(named) == workflow.text.count("docker.io/") > 0
    assert all(re.search(r":[\w.-]+@sha256:[0-9a-f]{64}$", image) for image in named)
    for step in workflow.steps:
        if "/setup-qemu-action@" in step.get("uses", ""):
            assert step["with"]["image"] in named
        if "/setup-buildx-action@" in step.get("uses", ""):
            assert step["with"]["driver-opts"].removeprefix("image=") in named


def test_only_what_is_to_be_released_is_taken_in() -> None:
    steps = list(RELEASE.steps)
    sent = [s["with"]["name"] for s in steps if "/upload-artifact@" in s.get("uses", "")]
    taken = [s["with"] for s in steps if "/download-artifact@" in s.get("uses", "")]
    assert sorted(sent) == ["release-chart", "release-papers", "release-python"]
    assert {one.get("name") or one["pattern"] for one in taken} == {"release-python", "release-*"}
    # The action that builds images would send a record of its own.
    (build,) = (step for step in steps if step.get("id") == "build")
    assert build["env"]["DOCKER_BUILD_RECORD_UPLOAD"] == "false"


def test_the_build_passes_every_argument_for_the_labels() -> None:
    text = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
    asked = set(re.findall(r"^ARG (?!BASE_)(\w+)=", text, re.MULTILINE))
    (build,) = (step["with"] for step in RELEASE.steps if step.get("id") == "build")
    assert {line.partition("=")[0] for line in build["build-args"].splitlines()} == asked


def test_an_action_has_one_commit_everywhere() -> None:
    used = {use for workflow in ALL for use in workflow.uses}
    assert len(used) == len({what.partition("@")[0] for what, _ in used})


@pytest.mark.parametrize("workflow", ALL, ids=name_of)
def test_a_job_has_the_rights_it_needs_and_no_others(workflow: Workflow) -> None:
    assert workflow.content["permissions"] == {}
    assert workflow.rights() == RIGHTS[workflow.name]


@pytest.mark.parametrize("workflow", ALL, ids=name_of)
def test_no_shell_is_given_text_that_github_fills_in(workflow: Workflow) -> None:
    assert "${{" not in workflow.scripts


@pytest.mark.parametrize("workflow", ALL, ids=name_of)
def test_no_checkout_leaves_a_token_behind(workflow: Workflow) -> None:
    checkouts = [step for step in workflow.steps if "/checkout@" in step.get("uses", "")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@pytest.mark.parametrize("workflow", ALL, ids=name_of)
def test_a_job_ends_and_does_not_run_twice_at_once(workflow: Workflow) -> None:
    assert "github.ref" in workflow.content["concurrency"]["group"]
    assert all("timeout-minutes" in job or "uses" in job for job in workflow.jobs.values())


def test_foreign_code_never_runs_with_write_rights() -> None:
    assert CI.events == {"push", "pull_request", "workflow_call"}
    assert NIGHTLY.events == {"schedule", "workflow_dispatch"}
    assert RELEASE.events == {"push"}
    assert RELEASE.content[True]["push"] == {"tags": ["v*"]}


@pytest.mark.parametrize("job", ["files", "image", "chart", "pypi", "release"])
def test_nothing_is_published_before_versions_and_tests_were_looked_at(job: str) -> None:
    assert {"verify", "test"} <= RELEASE.before(job)


def test_publishing_to_pypi_comes_last_and_needs_approval() -> None:
    assert {"files", "image", "chart"} <= RELEASE.before("pypi")
    assert RELEASE.jobs["pypi"]["environment"]["name"] == "pypi"


def test_an_image_has_no_name_before_it_was_tried_and_signed() -> None:
    steps = [str(step.get("run", "")) for step in RELEASE.jobs["image"]["steps"]]
    order = ["scripts/release try", "cosign sign", "imagetools create --tag"]
    places = [next(i for i, run in enumerate(steps) if text in run) for text in order]
    assert places == sorted(places)
    (build,) = (step["with"] for step in RELEASE.steps if step.get("id") == "build")
    assert "push-by-digest=true" in build["outputs"]
    assert "buildkit-syft-scanner" in build["sbom"]
    assert build["provenance"] == "mode=max"


@pytest.mark.parametrize("workflow", ALL, ids=name_of)
def test_the_scripts_and_files_of_a_workflow_exist(workflow: Workflow) -> None:
    scripts = set(re.findall(r"(?<![\w/])scripts/[\w-]+", workflow.scripts))
    assert all(os.access(REPOSITORY / name, os.X_OK) for name in scripts)
    targets = set(re.findall(r"^make (\w+)", workflow.scripts, re.MULTILINE))
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    assert all(f"\n{target}:" in makefile for target in targets)
    named = re.findall(r"(?<![\w./-])(?:requirements|helm)/[\w.-]+", workflow.scripts)
    named += [step["working-directory"] for step in workflow.steps if "working-directory" in step]
    named += re.findall(r"go-version-file: (\S+)", workflow.text)
    assert all((REPOSITORY / name).exists() for name in named)
    assert scripts | targets


@pytest.mark.parametrize("action", ["versions", "build", "sbom", "notes", "try"])
def test_the_release_is_made_by_the_script_that_is_tested(action: str) -> None:
    assert f"scripts/release {action}" in RELEASE.scripts


def test_image_and_chart_go_where_the_chart_and_the_manual_look_for_them() -> None:
    chart = REPOSITORY / "helm/matomo-archive-exporter"
    image = yaml.safe_load((chart / "values.yaml").read_text(encoding="utf-8"))["image"]
    assert RELEASE.content["env"]["IMAGE"] == f"{image['registry']}/{image['repository']}"
    address = f"oci://{RELEASE.content['env']['CHARTS']}/{chart.name}`"
    assert address in (REPOSITORY / "docs/install.md").read_text(encoding="utf-8")


def test_every_kind_of_pinned_version_is_updated() -> None:
    text = (REPOSITORY / ".github/dependabot.yml").read_text(encoding="utf-8")
    updates = yaml.safe_load(text)["updates"]
    kinds = {update["package-ecosystem"] for update in updates}
    assert kinds == {"github-actions", "docker-compose", "pip", "gomod", "npm"}
    assert {update["schedule"]["interval"] for update in updates} == {"weekly"}
    assert all((REPOSITORY / update["directory"].lstrip("/")).is_dir() for update in updates)
