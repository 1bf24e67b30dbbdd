"""The NetworkPolicy, read as a cluster would: who comes in, and where the exporter gets to."""

from pathlib import Path

import pytest

from tests.support.helm import CASES, NAMESPACE, Manifest, Values, of_kind, render
from tests.support.network import Peer, admits, selects

ON: Values = {"networkPolicy": {"enabled": True}}
BASE: Values = {"database": {"host": "db", "username": "exporter", "existingSecret": "db"}}

PROMETHEUS = Peer("monitoring", {"app.kubernetes.io/name": "prometheus"})
DNS = Peer("kube-system", {"k8s-app": "kube-dns"})
NODE_DNS = Peer(address="169.254.20.10")
DATABASE = Peer("matomo", {"app": "mariadb"})
NEIGHBOUR = Peer(NAMESPACE, {"app": "shop"})  # in the exporter's own namespace
STRANGER = Peer("shops", {"app": "shop"})
INTERNET = Peer(address="192.0.2.1")

every_example = pytest.mark.parametrize("values", CASES, ids=lambda path: path.stem)


def policy_of(manifests: list[Manifest]) -> Manifest:
    [policy] = of_kind(manifests, "NetworkPolicy")
    return policy


def policy(**options: object) -> Manifest:
    """The policy with these values of its own."""
    return policy_of(render({**BASE, "networkPolicy": {"enabled": True, **options}}))


def test_there_is_none_unless_it_is_wanted() -> None:
    assert of_kind(render(BASE), "NetworkPolicy") == []


@every_example
def test_it_is_for_the_exporter_alone(values: Path) -> None:
    manifests = render(values, ON)
    closed = policy_of(manifests)
    [deployment] = of_kind(manifests, "Deployment")
    selector = closed["spec"]["podSelector"]
    assert closed["metadata"]["namespace"] == deployment["metadata"]["namespace"]
    assert selector == {"matchLabels": deployment["spec"]["selector"]["matchLabels"]}
    assert selects(selector, deployment["spec"]["template"]["metadata"]["labels"])
    others = [NEIGHBOUR.labels, *(one["metadata"]["labels"] for one in of_kind(manifests, "Pod"))]
    assert not any(selects(selector, labels) for labels in others)


@every_example
def test_both_ways_are_closed_but_for_what_is_named(values: Path) -> None:
    spec = policy_of(render(values, ON))["spec"]
    assert sorted(spec["policyTypes"]) == ["Egress", "Ingress"]
    assert all(rule["ports"] for rule in (*spec["ingress"], *spec["egress"]))
    assert all(rule["from"] for rule in spec["ingress"])


@every_example
def test_its_port_is_the_one_that_the_exporter_listens_on(values: Path) -> None:
    manifests = render(values, ON)
    [deployment] = of_kind(manifests, "Deployment")
    containers = deployment["spec"]["template"]["spec"]["containers"]
    ports = [port for one in containers for port in one.get("ports", [])]
    assert "metrics" in {port["name"] for port in ports}
    assert open_ports(policy_of(manifests), "ingress") == {("metrics", "TCP")}


def open_ports(closed: Manifest, way: str) -> set[tuple[int | str, str]]:
    """Every port that somebody may use."""
    rules = closed["spec"][way]
    return {(port["port"], port["protocol"]) for rule in rules for port in rule["ports"]}


def test_the_namespace_of_prometheus_may_scrape() -> None:
    assert admits(policy(), "ingress", PROMETHEUS, "metrics")


@pytest.mark.parametrize("peer", [NEIGHBOUR, STRANGER, DNS, DATABASE, INTERNET], ids=str)
def test_nobody_else_may(peer: Peer) -> None:
    assert not admits(policy(), "ingress", peer, "metrics")


def test_prometheus_may_be_elsewhere() -> None:
    closed = policy(namespaces=["observability"])
    assert admits(closed, "ingress", Peer("observability"), "metrics")
    assert not admits(closed, "ingress", PROMETHEUS, "metrics")


def test_a_peer_may_be_added() -> None:
    closed = policy(extraIngressPeers=[{"podSelector": {"matchLabels": NEIGHBOUR.labels}}])
    assert admits(closed, "ingress", NEIGHBOUR, "metrics")
    assert not admits(closed, "ingress", STRANGER, "metrics")


def test_the_pod_of_helm_test_may_ask() -> None:
    manifests = render({**BASE, **ON})
    pods = of_kind(manifests, "Pod")
    assert pods
    for pod in pods:
        tester = Peer(pod["metadata"]["namespace"], pod["metadata"]["labels"])
        assert admits(policy_of(manifests), "ingress", tester, "metrics")


def test_it_reaches_dns_and_database_and_no_other_port() -> None:
    assert open_ports(policy(), "egress") == {(3306, "TCP"), (53, "UDP"), (53, "TCP")}


@pytest.mark.parametrize("peer", [DNS, NODE_DNS], ids=str)
@pytest.mark.parametrize("protocol", ["UDP", "TCP"])
def test_it_may_ask_the_dns_of_the_cluster(peer: Peer, protocol: str) -> None:
    assert admits(policy(), "egress", peer, 53, protocol)


@pytest.mark.parametrize("peer", [NEIGHBOUR, DATABASE, INTERNET], ids=str)
def test_it_may_ask_no_other_dns(peer: Peer) -> None:
    assert not admits(policy(), "egress", peer, 53, "UDP")


def test_the_dns_may_listen_on_another_port() -> None:
    closed = policy(dnsPorts=[5353])
    assert admits(closed, "egress", DNS, 5353, "UDP")
    assert not admits(closed, "egress", DNS, 53, "UDP")


def test_it_reaches_the_database_wherever_that_is_unless_it_is_told() -> None:
    named = policy(databasePeers=[{"namespaceSelector": NAMED_MATOMO}])
    assert admits(policy(), "egress", DATABASE, 3306)
    assert admits(policy(), "egress", INTERNET, 3306)
    assert admits(named, "egress", DATABASE, 3306)
    assert not admits(named, "egress", INTERNET, 3306)


NAMED_MATOMO = {"matchLabels": {"kubernetes.io/metadata.name": "matomo"}}


def test_the_port_is_the_one_of_the_database() -> None:
    database = {**BASE["database"], "port": 3307}
    closed = policy_of(render({"database": database, **ON}))
    assert admits(closed, "egress", DATABASE, 3307)
    assert not admits(closed, "egress", DATABASE, 3306)
    assert admits(policy(databasePort=3308), "egress", DATABASE, 3308)


def test_a_socket_needs_no_way_out_but_that_to_the_dns() -> None:
    socket = {"unixSocket": "/run/db/db.sock", "username": "exporter", "existingSecret": "db"}
    closed = policy_of(render({"database": socket, **ON}))
    assert open_ports(closed, "egress") == {(53, "UDP"), (53, "TCP")}
