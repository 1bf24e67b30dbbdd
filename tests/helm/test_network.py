"""The NetworkPolicy fits other objects; the chart's own tests check the rest of it."""

from pathlib import Path

import pytest

from tests.support.helm import CASES, Manifest, of_kind, render

ON = {"networkPolicy": {"enabled": True}}

every_example = pytest.mark.parametrize("values", CASES, ids=lambda path: path.stem)


def policy_of(manifests: list[Manifest]) -> Manifest:
    [policy] = of_kind(manifests, "NetworkPolicy")
    return policy


@every_example
def test_it_is_for_the_exporter_alone(values: Path) -> None:
    manifests = render(values, ON)
    closed = policy_of(manifests)
    [deployment] = of_kind(manifests, "Deployment")
    selected = closed["spec"]["podSelector"]["matchLabels"]
    assert closed["metadata"]["namespace"] == deployment["metadata"]["namespace"]
    assert selected == deployment["spec"]["selector"]["matchLabels"]
    assert selected.items() <= deployment["spec"]["template"]["metadata"]["labels"].items()
    for other in of_kind(manifests, "Pod"):
        assert not selected.items() <= other["metadata"]["labels"].items()


@every_example
def test_its_port_is_the_one_that_the_exporter_listens_on(values: Path) -> None:
    manifests = render(values, ON)
    [deployment] = of_kind(manifests, "Deployment")
    containers = deployment["spec"]["template"]["spec"]["containers"]
    ports = [port["name"] for one in containers for port in one.get("ports", [])]
    [rule] = policy_of(manifests)["spec"]["ingress"]
    assert rule["ports"] == [{"port": "metrics", "protocol": "TCP"}]
    assert "metrics" in ports


@every_example
def test_the_pod_of_helm_test_may_ask(values: Path) -> None:
    manifests = render(values, ON)
    [tester] = of_kind(manifests, "Pod")
    [rule] = policy_of(manifests)["spec"]["ingress"]
    allowed = rule["from"][0]["podSelector"]["matchLabels"]
    assert allowed.items() <= tester["metadata"]["labels"].items()
    assert tester["metadata"]["namespace"] == policy_of(manifests)["metadata"]["namespace"]


def test_the_dns_may_listen_on_another_port() -> None:
    values = {
        "database": {"host": "db", "username": "exporter", "existingSecret": "db"},
        "networkPolicy": {"enabled": True, "dnsPorts": [5353]},
    }
    [_, dns] = policy_of(render(values))["spec"]["egress"]
    assert {port["port"] for port in dns["ports"]} == {5353}
