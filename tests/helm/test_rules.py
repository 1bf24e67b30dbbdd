"""The chart's PrometheusRule has the rules of grafana/rules, with the settings of its values."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from grafana.alerts.rules import alerts, rule_file
from grafana.alerts.settings import SETTINGS
from tests.support.helm import CHART, of_kind, render, template
from tests.support.process import Finished
from tests.support.rule_tests import FOLDER, failures, of_rules, promtool

Groups = list[dict[str, Any]]

DATABASE = {"host": "db", "username": "matomo", "existingSecret": "matomo"}
RULES = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))["properties"][
    "prometheusRule"
]["properties"]
NAMES = [*dict.fromkeys(alert.name for alert in alerts())]
OTHER = {
    **{name: "42m" for name in SETTINGS if name.endswith("For")},
    **{name: 3_000_000 for name in SETTINGS if name.endswith(("Seconds", "Rows", "Archives"))},
    **dict.fromkeys(("memoryRatioPage", "memoryRatioWarning", "durationFactor"), 1.25),
    **dict.fromkeys(("overlapShare", "overlapRatio"), 0),
    "exporterJobs": "ours|matomo.*",
    "runbookUrl": "https://wiki.example.org/matomo?page=",
    "grafanaUrl": "https://example.org/grafana",
}
# Labels that distinguish, inhibit and route alerts of one name.
OWN_LABELS = ("severity", "evidence", "job", "instance", "period", "reason", "collector")
WRONG: Mapping[str, tuple[object, ...]] = {
    "memoryRatio": ("1",),
    "memoryRatioPage": ("much", "01"),
    "stalledRows": ("010",),  # 8 for Prometheus
    "archiveMaxSeconds": (1.5, "1h", -1, 0, "0", 10**9, "1000000000"),
    "completedWithinSeconds": (0, "00"),
    "diedFor": (10, "ten minutes", "", "5m1h", "5m5m", "999999999y"),
    "exporterJobs": ('matomo"', "matomo(", "a)|(b", "*", "[a-z", "a\u0001b"),
    "grafanaUrl": ("https://example.org/<runbookUrl>", ""),
}
# The ends of what the schema lets through.
LEAST = {
    **{name: "0s" if name.endswith("For") else 0 for name in OTHER},
    **dict.fromkeys(("archiveMaxSeconds", "completedWithinSeconds"), 1),
    **dict.fromkeys(("exporterJobs", "runbookUrl", "grafanaUrl"), "m"),
}
MOST = {
    **dict.fromkeys(OTHER, 10**18),
    **dict.fromkeys(
        (name for name in OTHER if name.endswith("For")),
        "99y999w9999d99999h999999m99999999s999999999ms",
    ),
    **dict.fromkeys(("archiveMaxSeconds", "completedWithinSeconds"), 999_999_999),
    **dict.fromkeys(("exporterJobs", "runbookUrl", "grafanaUrl"), "[a-z]+(;|')$@&%#~!*,`^?"),
}


def values(rules: Mapping[str, object], **others: object) -> dict[str, object]:
    return {"database": DATABASE, "prometheusRule": {"enabled": True, **rules}, **others}


def groups(rules: Mapping[str, object] | None = None, **others: object) -> Groups:
    """The chart's own groups."""
    return objects(rules or {}, **others)[0]


def objects(rules: Mapping[str, object], **others: object) -> list[Groups]:
    """The groups of each PrometheusRule."""
    made = of_kind(render(values(rules, **others)), "PrometheusRule")
    return [list(rule["spec"]["groups"]) for rule in made]


def refused(rules: Mapping[str, object]) -> str:
    """The chart's refusal of values."""
    done: Finished = template(values(rules))
    assert done.status != 0
    return done.err


def expected(changes: Mapping[str, object] | None = None) -> Groups:
    """The groups as Python makes them of the same source."""
    texts = {name: str(value) for name, value in (changes or {}).items()}
    return list(yaml.safe_load(rule_file(texts))["groups"])


def as_file(rules: Groups) -> str:
    """Groups as a file that Prometheus loads."""
    return yaml.safe_dump({"groups": rules})


def names(of: Iterable[Mapping[str, Any]]) -> set[str]:
    return {rule["alert"] for group in of for rule in group["rules"] if "alert" in rule}


def test_the_rules_are_those_that_a_prometheus_without_operator_loads() -> None:
    assert groups() == expected()


@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"settings": OTHER, "alertLabels": {"team": "web", "_x": "{ 5 }}"}},
        {"settings": LEAST},
        {"settings": MOST},
    ],
    ids=["defaults", "others", "least", "most"],
)
def test_promtool_has_nothing_to_say_against_them(
    rules: Mapping[str, object], tmp_path: Path
) -> None:
    file = tmp_path / "rules.yml"
    file.write_text(as_file(groups(rules)), encoding="utf-8")
    done = promtool("check", "rules", "--lint=all", "--lint-fatal", file)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_alert_that_knows_the_charts_own_job_does_what_its_tests_say(tmp_path: Path) -> None:
    tests = FOLDER / "MatomoArchiveExporterDown.yml"
    assert failures(of_rules(tests, groups(nameOverride="archiving"), tmp_path), tmp_path) == {}


# Settings


def test_the_chart_knows_the_settings_that_there_are() -> None:
    assert [*RULES["settings"]["properties"]] == [*SETTINGS]


def test_every_setting_can_be_changed() -> None:
    assert set(OTHER) == set(SETTINGS)
    assert groups({"settings": OTHER}) == expected(OTHER)
    assert groups({"settings": OTHER}) != groups()


def test_a_setting_on_the_command_line_is_a_number_too() -> None:
    given = "--set=prometheusRule.settings.archiveMaxSeconds=7200"
    (rule,) = of_kind(render(values({}), more=[given]), "PrometheusRule")
    assert rule["spec"]["groups"] == expected({"archiveMaxSeconds": 7200})


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, wrong in WRONG.items() for value in wrong]
)
def test_a_setting_that_would_break_a_rule_is_refused_by_name(name: str, value: object) -> None:
    assert name in refused({"settings": {name: value}})


# The job of the exporter itself: the name of its Service, or what serviceMonitor.jobLabel says


@pytest.mark.parametrize(
    ("others", "own"),
    [
        ({}, ""),
        ({"nameOverride": "archiving"}, "|archiving"),
        ({"serviceMonitor": {"jobLabel": ""}}, "|archive-matomo-archive-exporter"),
    ],
    ids=["usual", "renamed", "Service"],
)
def test_an_exporter_that_never_came_up_is_missed_by_the_job_that_the_chart_gives_it(
    others: Mapping[str, Any], own: str
) -> None:
    jobs = SETTINGS["exporterJobs"].default + own
    assert groups(**others) == expected({"exporterJobs": jobs})


def test_jobs_of_other_releases_are_named_beside_its_own() -> None:
    given = {"settings": {"exporterJobs": "shop|blog"}}
    assert groups(given) == expected({"exporterJobs": "shop|blog|matomo-archive-exporter"})


# What to leave out, and what to add


def test_the_chart_knows_the_alerts_that_there_are() -> None:
    assert RULES["disabled"]["items"]["enum"] == NAMES


def test_an_alert_can_be_left_out_and_no_other_goes_with_it() -> None:
    left = {name: names(groups({"disabled": [name]})) for name in NAMES}
    assert left == {name: set(NAMES) - {name} for name in NAMES}


def test_an_alert_that_there_is_not_is_refused() -> None:
    assert "/prometheusRule/disabled/0" in refused({"disabled": ["MatomoArchiveGone"]})


def test_every_alert_gets_more_labels_and_keeps_its_own() -> None:
    wanted = expected()
    for group in wanted:
        for rule in group["rules"]:
            if "alert" in rule:
                rule["labels"]["team"] = "web"
    assert groups({"alertLabels": {"team": "web"}}) == wanted


@pytest.mark.parametrize("name", ["on-call", "__name__", "__mine", "alertname", *OWN_LABELS])
def test_a_label_that_alerts_go_by_is_refused(name: str) -> None:
    assert f"invalid propertyName '{name}'" in refused({"alertLabels": {name: "page"}})


@pytest.mark.parametrize("value", ["{{ foo", "{{ $labels.instance }}"])
def test_a_label_is_plain_text(value: str) -> None:
    assert "prometheusRule.alertLabels.team: " in refused({"alertLabels": {"team": value}})


def test_groups_of_ones_own_are_an_object_of_their_own_as_they_are() -> None:
    group = {
        "name": "mine",
        "limit": 5_000_000,
        "rules": [
            {
                "alert": "Mine",
                "expr": 'up{job=~"<exporterJobs>"} == 0',
                "annotations": {"summary": "{{ $labels.instance }} is\naway"},
            }
        ],
    }
    assert objects({"extraGroups": [group]}) == [expected(), [group]]


def group_named(name: object) -> dict[str, object]:
    return {"name": name, "rules": [{"record": "one", "expr": "1"}]}


@pytest.mark.parametrize(
    "name",
    ["matomo-archive-recordings", "matomo-archive-exporter", "matomo-archive-deaths", "yours"],
)
def test_a_group_named_as_another_one_is_refused(name: str) -> None:
    given = {"extraGroups": [group_named("yours"), group_named("mine"), group_named(name)]}
    assert f"prometheusRule.extraGroups: the name {name} is taken" in refused(given)


@pytest.mark.parametrize(
    "group",
    [group_named(""), group_named(5), {"name": "mine", "rules": 5}, {"rules": []}],
    ids=["empty", "number", "rules", "nameless"],
)
def test_a_group_that_prometheus_cannot_take_is_refused(group: object) -> None:
    assert "/prometheusRule/extraGroups/0" in refused({"extraGroups": [group]})


# Nothing, said by null


@pytest.mark.parametrize(
    "name",
    ["namespace", "labels", "annotations", "settings", "disabled", "alertLabels", "extraGroups"],
)
def test_null_is_nothing_of_ones_own(name: str) -> None:
    assert groups({name: None}) == expected()


def test_a_setting_that_is_null_is_refused() -> None:
    assert "memoryRatioPage': got null" in refused({"settings": {"memoryRatioPage": None}})


def test_null_for_all_of_it_is_refused() -> None:
    done = template({"database": DATABASE, "prometheusRule": None})
    assert (done.status != 0, "prometheusRule" in done.err) == (True, True)
