"""A real API server accepts every object of the chart, and keeps it unchanged."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.cluster import Cluster
from tests.support.helm import CASES, CHART, of_kind, parse

every_example = pytest.mark.parametrize("values", CASES, ids=lambda path: path.stem)
Arguments = tuple[str | Path, ...]
HOST_PATH = "hostPath:"
OPERATORS = ("ServiceMonitor", "PrometheusRule")


def namespace(server: Cluster, values: Path, purpose: str) -> str:
    """A new namespace, and the one that some examples put objects in."""
    server.namespace("monitoring")
    return server.namespace(f"{purpose}-{values.stem.removesuffix('-values')}")


@contextmanager
def applied(server: Cluster, text: str) -> Iterator[None]:
    """Objects that go when the block ends: a port of the nodes is there once."""
    try:
        yield
    finally:
        done = server.kubectl("delete", "--ignore-not-found", "-f-", stdin=text)
        assert done.status == 0, done.err


@contextmanager
def installed(server: Cluster, values: Path, where: str) -> Iterator[Arguments]:
    """A release, until the block ends; the arguments that install it."""
    release = ("archive", CHART, f"--namespace={where}", f"--values={values}")
    done = server.helm("install", *release)
    try:
        assert done.status == 0, done.err
        yield release
    finally:
        server.helm("uninstall", "archive", f"--namespace={where}")


def rendered(server: Cluster, values: Path, where: str) -> str:
    """What people pipe into kubectl."""
    versions = [f"--api-versions=monitoring.coreos.com/v1/{kind}" for kind in OPERATORS]
    done = server.helm(
        *("template", "archive", CHART, f"--namespace={where}", f"--values={values}"),
        *("--kube-version=1.37.0", *versions),
    )
    assert done.status == 0, done.err
    return placed(done.out, where)


def placed(text: str, where: str) -> str:
    """The same, with a namespace for objects that leave theirs to the command."""
    manifests: list[Any] = [*parse(text)]
    for one in manifests:
        one["metadata"].setdefault("namespace", where)
    return yaml.safe_dump_all(manifests)


@every_example
def test_helm_installs_upgrades_and_removes_it_without_a_warning(
    server: Cluster, values: Path
) -> None:
    where = namespace(server, values, "helm")
    with installed(server, values, where) as release:
        done = server.helm("upgrade", *release)
        assert done.status == 0, done.err
        warned = [line for line in done.err.splitlines() if "hostPath" not in line]
        assert warned == [], "what a path of the host costs is said on one line"
        made = server.helm("get", "manifest", "archive", f"--namespace={where}").out
        made = placed(made, where)
        assert server.objects(made)
    gone = server.kubectl("get", "-f-", "--ignore-not-found", stdin=made)
    assert (gone.status, gone.out) == (0, "")


@every_example
def test_applied_twice_by_the_server_nothing_changes(server: Cluster, values: Path) -> None:
    where = namespace(server, values, "apply")
    text = rendered(server, values, where)
    versions = []
    with applied(server, text):
        for _ in range(2):
            server.apply(parse(text))
            versions.append([one["metadata"]["resourceVersion"] for one in server.objects(text)])
    assert versions[0] == versions[1]
    assert not of_kind(parse(text), "Pod"), "the pod of helm test is no affair of kubectl"


@every_example
def test_applied_twice_by_the_client_every_object_is_unchanged(
    server: Cluster, values: Path
) -> None:
    where = namespace(server, values, "client")
    text = rendered(server, values, where)
    with applied(server, text):
        done = [server.kubectl("apply", "-f-", stdin=text) for _ in range(2)]
    assert [one.status for one in done] == [0, 0], done[0].err
    message = [line.rpartition(" ")[2] for line in done[1].out.splitlines()]
    assert message == ["unchanged"] * len(parse(text))


@every_example
def test_the_server_adds_nothing_to_what_the_operator_reads(server: Cluster, values: Path) -> None:
    where = namespace(server, values, "compare")
    text = rendered(server, values, where)
    wanted = of_kind(parse(text), *OPERATORS)
    with applied(server, text):
        server.apply(parse(text))
        found = of_kind(server.objects(text), *OPERATORS)
    assert [one["spec"] for one in found] == [one["spec"] for one in wanted]


@every_example
def test_its_pods_are_admitted_under_restricted(server: Cluster, values: Path) -> None:
    where = namespace(server, values, "pods")
    with installed(server, values, where):
        hooks = server.helm("get", "hooks", "archive", f"--namespace={where}").out
        (test,) = parse(hooks)
        for pod in (pod_of(server, where), test):
            done = server.kubectl("create", "--dry-run=server", "-f-", stdin=yaml.safe_dump(pod))
            if HOST_PATH in yaml.safe_dump(pod):
                _, _, why = done.err.partition("violates PodSecurity")
                assert 'uses restricted volume type "hostPath"' in why
                assert "must" not in why, "nothing else is wrong with it"
            else:
                assert done.status == 0, done.err


def pod_of(server: Cluster, where: str) -> Any:
    """The pod that a Deployment would have made."""
    asked = ("get", "deployment", f"--namespace={where}", "--output=json")
    (deployment,) = json.loads(server.kubectl(*asked).out)["items"]
    template = deployment["spec"]["template"]
    metadata = {"labels": template["metadata"]["labels"], "name": "archive", "namespace": where}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}


def test_releases_of_one_name_in_two_namespaces_share_a_third(server: Cluster) -> None:
    server.namespace("shared")
    login = "database.host=db,database.username=exporter,database.existingSecret=db"
    switched_on = ",".join(
        f"{what}.enabled=true,{what}.namespace=shared"
        for what in ("serviceMonitor", "prometheusRule", "dashboards")
    )
    for where in ("shop", "blog"):
        server.namespace(where)
        done = server.helm(
            *("install", "exporter", CHART, f"--namespace={where}"),
            f"--set={login},{switched_on}",
        )
        assert done.status == 0, done.err
    kinds = "servicemonitors,prometheusrules,configmaps"
    names = server.kubectl("get", kinds, "--namespace=shared", "--output=name").out.split()
    assert len([name for name in names if "shop." in name]) == 5
    assert len([name for name in names if "blog." in name]) == 5


def test_after_an_upgrade_the_pod_of_helm_test_goes_with_the_deployment(server: Cluster) -> None:
    where = namespace(server, CASES[0], "owner")
    with installed(server, CASES[0], where) as release:
        assert server.helm("upgrade", *release).status == 0
        (test,) = parse(server.helm("get", "hooks", "archive", f"--namespace={where}").out)
        uid = "--output=jsonpath={.items[0].metadata.uid}"
        deployed = server.kubectl("get", "deployment", f"--namespace={where}", uid).out
    (owner,) = test["metadata"]["ownerReferences"]
    assert owner["uid"] == deployed
