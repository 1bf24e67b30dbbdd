"""Each alert has a file of tests that promtool runs, and that would notice if it went wrong."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.rule_tests import (
    FILES,
    FOLDER,
    RULES,
    USES_THE_RULES,
    Groups,
    failures,
    groups_of,
    of_rules,
    promtool,
)

# Days of samples, one every five minutes: evaluating them every minute takes five times as long.
EVERY_FIVE_MINUTES = {FOLDER / "MatomoArchiveQueueNotDraining.yml"}
KINDS = ("fires", "stays quiet", "resolves")
NEVER = "vector(0) > 1"
ALWAYS = (
    'label_replace(label_replace(vector(1), "instance", "exporter:16286", "", ""),'
    ' "job", "matomo", "", "")'
)

Alert = Mapping[str, Any]
Specification = Mapping[str, Any]


def alerts() -> list[Alert]:
    """Every alert of the rules, in order."""
    return [rule for group in written() for rule in group["rules"] if "alert" in rule]


def written() -> Groups:
    """The groups as they are."""
    return groups_of(RULES.read_text(encoding="utf-8"))


def specifications(file: Path) -> list[Specification]:
    """The tests in a file; not for the values of its series, of which YAML takes 0x9 for 9."""
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    return list(content["tests"])


def file_of(alert: Alert) -> Path:
    return FOLDER / f"{alert['alert']}.yml"


def variant(alert: Alert) -> dict[str, str]:
    """The labels that tell an alert from others of its name."""
    labels: dict[str, str] = alert["labels"]
    others = [other["labels"] for other in alerts() if other["alert"] == alert["alert"]]
    return {
        name: value
        for name, value in labels.items()
        if any(other.get(name) != value for other in others)
    }


def id_of(alert: Alert) -> str:
    return "-".join([alert["alert"], *variant(alert).values()])


def mutant(alert: Alert, expr: str, folder: Path) -> Path:
    """The tests of an alert, of rules in which it asks something else."""
    groups = [
        {
            **group,
            "rules": [rule | {"expr": expr} if rule == alert else rule for rule in group["rules"]],
        }
        for group in written()
    ]
    return of_rules(file_of(alert), groups, folder)


def expected_labels(test: Specification) -> Iterator[str]:
    """The labels of each alert that a test expects, as PromQL writes them."""
    for question in test.get("promql_expr_test", ()):
        yield from (sample["labels"] for sample in question["exp_samples"])
    for question in test.get("alert_rule_test", ()):
        for alert in question["exp_alerts"]:
            yield ",".join(f'{name}="{value}"' for name, value in alert["exp_labels"].items())


def is_about(test: Specification, alert: Alert) -> bool:
    """Whether a test expects this variant of its alert."""
    return any(
        all(f'{name}="{value}"' in labels for name, value in variant(alert).items())
        for labels in expected_labels(test)
    )


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_alert_does_what_its_tests_say(file: Path, tmp_path: Path) -> None:
    found = failures(of_rules(file, written(), tmp_path), tmp_path)
    assert not found, "\n".join(f"\n{name}\n{text}" for name, text in found.items())


def test_every_alert_has_a_file_and_every_file_an_alert() -> None:
    assert {file_of(alert) for alert in alerts()} == set(FILES)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_tests_the_rules_as_they_are(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert USES_THE_RULES in text
    interval = "5m" if file in EVERY_FIVE_MINUTES else "1m"
    assert f"\nevaluation_interval: {interval}\n" in text


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_names_say_when_an_alert_fires_stays_quiet_and_resolves(file: Path) -> None:
    names = [test["name"] for test in specifications(file)]
    assert [name for name in names if not name.startswith(KINDS)] == []
    assert [kind for kind in KINDS if not any(name.startswith(kind) for name in names)] == []
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("kind", ["fires", "resolves"])
@pytest.mark.parametrize("alert", alerts(), ids=id_of)
def test_each_variant_of_an_alert_is_seen_to_fire_and_to_resolve(alert: Alert, kind: str) -> None:
    tests = [test for test in specifications(file_of(alert)) if test["name"].startswith(kind)]
    assert any(is_about(test, alert) for test in tests)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_variant_has_one_test_of_its_texts(file: Path) -> None:
    variants = [alert for alert in alerts() if file_of(alert) == file]
    telling = [test for test in specifications(file) if "alert_rule_test" in test]
    assert len(telling) == len(variants)
    assert all(any(is_about(test, alert) for test in telling) for alert in variants)


def test_promtool_has_nothing_to_say_against_the_rules() -> None:
    done = promtool("check", "rules", "--lint=all", "--lint-fatal", RULES)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("expr", "kind"), [(NEVER, "fires"), (ALWAYS, "stays quiet")], ids=["never", "always"]
)
@pytest.mark.parametrize("alert", alerts(), ids=id_of)
def test_an_alert_that_fires_never_or_always_would_be_noticed(
    alert: Alert, expr: str, kind: str, tmp_path: Path
) -> None:
    assert failures(mutant(alert, expr, tmp_path), tmp_path, kind)
