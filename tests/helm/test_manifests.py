"""Kubernetes and the Prometheus operator accept the chart's objects."""

from pathlib import Path

import pytest

from tests.support.helm import CASES, CHART, NEWEST, OLDEST, conform, parse, render, template, tool

VERSIONS = (OLDEST, NEWEST)


@pytest.mark.parametrize("values", CASES, ids=lambda path: path.stem)
def test_helm_finds_nothing_to_complain_of(values: Path) -> None:
    linted = tool("helm", "lint", "--strict", CHART, f"--values={values}")
    assert (linted.status, "[WARNING]" in linted.out) == (0, False), linted.out + linted.err


@pytest.mark.parametrize("kubernetes", VERSIONS)
@pytest.mark.parametrize("values", CASES, ids=lambda path: path.stem)
def test_the_oldest_and_the_newest_kubernetes_know_every_field(
    values: Path, kubernetes: str
) -> None:
    rendered = template(values, kubernetes=kubernetes)
    assert rendered.status == 0, rendered.err
    judged = conform(rendered.out, kubernetes)
    assert judged.status == 0, judged.out
    assert f"{len(parse(rendered.out))} resources found" in judged.out
    assert "Skipped: 0" in judged.out


def test_an_older_kubernetes_is_refused() -> None:
    refused = template(CASES[0], kubernetes="1.24.0")
    assert refused.status != 0
    assert "incompatible with Kubernetes v1.24.0" in refused.err


def test_by_default_there_is_nothing_but_what_runs_and_tests_the_exporter() -> None:
    database = {"host": "db", "username": "exporter", "existingSecret": "db"}
    made = sorted(one["kind"] for one in render({"database": database}))
    assert made == ["Deployment", "Pod", "Service", "ServiceAccount"]
