"""Reads a NetworkPolicy as a cluster does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any

Object = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Peer:
    """A pod by its namespace and labels, or an address outside."""

    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    address: str = ""


def selects(selector: Object, labels: Mapping[str, str]) -> bool:
    """Whether a label selector fits; an empty one fits all."""
    known = {"matchLabels", "matchExpressions"}
    assert selector.keys() <= known, f"this reads no {selector.keys() - known}"
    return selector.get("matchLabels", {}).items() <= labels.items() and all(
        _holds(one, labels) for one in selector.get("matchExpressions", [])
    )


def _holds(expression: Object, labels: Mapping[str, str]) -> bool:
    assert expression["operator"] == "In", "this reads no other"
    return labels.get(expression["key"]) in expression["values"]


def _is(peer: Peer, described: Object, home: str) -> bool:
    """Whether a peer is one that a policy in the namespace `home` describes."""
    if "ipBlock" in described:
        block = described["ipBlock"]
        assert block.keys() == {"cidr"}, "this reads no exceptions"
        return bool(peer.address) and ip_address(peer.address) in ip_network(block["cidr"])
    named = {"kubernetes.io/metadata.name": peer.namespace}
    at_home = {"matchLabels": {"kubernetes.io/metadata.name": home}}
    return (
        bool(peer.namespace)
        and selects(described.get("namespaceSelector", at_home), named)
        and selects(described.get("podSelector", {}), peer.labels)
    )


def admits(policy: Object, way: str, peer: Peer, port: int | str, protocol: str = "TCP") -> bool:
    """Whether `ingress` or `egress` is open between the pod and a peer, on a port."""
    side = {"ingress": "from", "egress": "to"}[way]
    home = policy["metadata"]["namespace"]
    return any(
        any((one["port"], one["protocol"]) == (port, protocol) for one in rule["ports"])
        and (side not in rule or any(_is(peer, one, home) for one in rule[side]))
        for rule in policy["spec"][way]
    )
