"""Helm in README and the docs: its commands, and the chart that they name; no cluster is needed."""

import re

import pytest

from tests.support.doc_commands import DOCS, blocks, pages, under
from tests.support.helm import CHART, NEWEST, Manifest, conform, of_kind, parse, tool
from tests.support.process import REPOSITORY

IN_A_CLONE = str(CHART.relative_to(REPOSITORY))
COMMANDS = [
    command
    for page in pages()
    for block in blocks(page)
    for command in block.commands
    if {"helm", "kubectl"} & set(command)
]
INSTALLS = [command for command in COMMANDS if command[:2] == ["helm", "install"]]
UPGRADES = [command for command in COMMANDS if command[:2] == ["helm", "upgrade"]]
SWITCHES = under("Install with Helm")[3].commands[0]
SEVERAL = (DOCS / "several.md").read_text(encoding="utf-8")
CLUSTER = ("--api-versions=monitoring.coreos.com/v1", "--api-versions=v1/Pod")


def rendered(name: str, *flags: str) -> list[Manifest]:
    """What `helm install` would install."""
    done = tool("helm", "template", name, CHART, f"--kube-version={NEWEST}", *CLUSTER, *flags)
    assert done.status == 0, done.err
    judged = conform(done.out, NEWEST)
    assert judged.status == 0, judged.out
    return parse(done.out)


def flags_of(command: list[str]) -> list[str]:
    """The arguments after the chart, without those that name the source of values."""
    assert command[3] == IN_A_CLONE
    return [flag for flag in command[4:] if "reuse-values" not in flag]


def named(name: str) -> list[str]:
    """The flags with which the docs install a release of that name at first."""
    installs = (*INSTALLS[1:], INSTALLS[0])  # README's comes first, and does less
    return flags_of(next(command for command in installs if command[2] == name))


@pytest.mark.parametrize("command", INSTALLS, ids=lambda command: " ".join(command[2:8]))
def test_each_install_makes_what_kubernetes_takes(command: list[str]) -> None:
    made = rendered(command[2], *flags_of(command))
    assert len(of_kind(made, "Deployment")) == 1
    assert not of_kind(made, "Secret"), "the docs prefer a Secret that exists"


@pytest.mark.parametrize("command", UPGRADES, ids=lambda command: " ".join(command[2:8]))
def test_each_upgrade_makes_what_kubernetes_takes(command: list[str]) -> None:
    assert rendered(command[2], *named(command[2]), *flags_of(command))


def test_scraping_alerts_and_dashboards_are_all_switched_on_by_the_command_that_says_so() -> None:
    made = rendered("exporter", *named("exporter"), *flags_of(SWITCHES))
    kinds = {one["kind"] for one in made}
    assert {"ServiceMonitor", "PrometheusRule", "ConfigMap", "NetworkPolicy"} <= kinds
    (rules,) = of_kind(made, "PrometheusRule")
    assert "https://grafana.example.org/d/" in str(rules)


def test_the_secrets_that_are_made_are_the_ones_that_are_mounted() -> None:
    made = {
        (command[command.index("generic") + 1], flag.removeprefix("--from-file="))
        for command in COMMANDS
        if "kubectl" in command and "secret" in command
        for flag in command
        if flag.startswith("--from-")
    }
    # By a pipe: a literal would show in the list of processes and the shell's history.
    assert made == {("matomo-exporter", "password=/dev/stdin")}
    mounted = str(of_kind(rendered("exporter", *named("exporter")), "Deployment"))
    assert "'matomo-exporter'" in mounted
    assert "'key': 'password'" in mounted


def test_the_deployment_that_commands_run_in_has_that_name() -> None:
    made = rendered("exporter", *named("exporter"))
    deployments = {f"deployment/{one['metadata']['name']}" for one in of_kind(made, "Deployment")}
    asked = {word for command in COMMANDS if "exec" in command for word in command[2:3]}
    assert asked == deployments


def test_a_release_that_is_tested_has_a_test() -> None:
    assert ["helm", "test", "exporter", "--logs"] in COMMANDS
    (test,) = of_kind(rendered("exporter", *named("exporter")), "Pod")
    assert test["metadata"]["annotations"]["helm.sh/hook"] == "test"


def job(name: str) -> str:
    """The label `job` of a release of the docs, as the operator takes it from the Service."""
    made = rendered(name, *named(name), "--set=serviceMonitor.enabled=true")
    (monitor,), (service,) = of_kind(made, "ServiceMonitor"), of_kind(made, "Service")
    return str(service["metadata"]["labels"][monitor["spec"]["jobLabel"]])


def looked_for(*flags: str) -> str:
    """The jobs whose exporters MatomoArchiveExporterDown looks for."""
    (rules,) = of_kind(rendered("blog", *named("blog"), *flags), "PrometheusRule")
    every = [rule for group in rules["spec"]["groups"] for rule in group["rules"]]
    (down,) = (one for one in every if one.get("alert") == "MatomoArchiveExporterDown")
    found = re.match(r'up\{job=~"([^"]*)"\} == 0\n', down["expr"])
    assert found, down["expr"]
    return found[1]


def test_the_rules_of_one_release_look_for_the_exporters_of_all() -> None:
    assert [job(name) for name in ("shop", "blog")] == ["matomo-archive-exporter"] * 2
    assert looked_for() == "matomo|matomo-archive-exporter"


def test_the_rules_look_for_exporters_outside_the_chart_too() -> None:
    (given,) = re.findall(r"`--set (prometheusRule\.settings\.exporterJobs=)'(\S+)'`", SEVERAL)
    assert looked_for(f"--set={''.join(given)}") == f"{given[1]}|matomo-archive-exporter"


def test_no_two_releases_of_the_docs_load_the_same_rules() -> None:
    several = [one for one in INSTALLS if one[2] in ("shop", "blog")]
    loading = [one for one in several if "prometheusRule.enabled=true" in " ".join(one)]
    assert (len(several), len(loading)) == (2, 1)
