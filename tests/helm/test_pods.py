"""Every pod of the chart has only the rights that it needs, and the right probes."""

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.helm import CASES, Manifest, Values, of_kind, render
from tests.support.marked_secrets import MARK

Object = Mapping[str, Any]
OURS = ("exporter", "healthy")
BASE: Values = {"database": {"host": "db", "username": "exporter", "existingSecret": "matomo-db"}}
HASH = "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG"
every_example = pytest.mark.parametrize("values", CASES, ids=lambda path: path.stem)


def pods(manifests: list[Manifest]) -> Iterator[Object]:
    """The specification of every pod in any object."""
    for manifest in manifests:
        spec = manifest.get("spec", {})
        if manifest["kind"] == "Pod":
            yield spec
        elif manifest["kind"] == "CronJob":
            yield spec["jobTemplate"]["spec"]["template"]["spec"]
        elif "template" in spec:
            yield spec["template"]["spec"]


def containers(pod: Object) -> list[Object]:
    return [*pod["containers"], *pod.get("initContainers", [])]


# What it may do


@every_example
def test_a_pod_has_no_rights_in_the_cluster(values: Path) -> None:
    manifests = render(values)
    for pod in pods(manifests):
        assert pod["automountServiceAccountToken"] is False
        assert pod["enableServiceLinks"] is False
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
    assert not of_kind(manifests, "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")
    for account in of_kind(manifests, "ServiceAccount"):
        assert account["automountServiceAccountToken"] is False


@every_example
def test_a_container_has_no_rights_on_its_host(values: Path) -> None:
    checked = 0
    for pod in pods(render(values)):
        for container in containers(pod):
            both = pod.get("securityContext", {}) | container.get("securityContext", {})
            assert both["runAsNonRoot"] is True
            assert both["runAsUser"] >= (1000 if container["name"] in OURS else 1)
            assert both["runAsGroup"] >= (1000 if container["name"] in OURS else 1)
            assert both["seccompProfile"] == {"type": "RuntimeDefault"}
            assert both["readOnlyRootFilesystem"] is True
            assert both["allowPrivilegeEscalation"] is False
            assert both["capabilities"] == {"drop": ["ALL"]}
            assert not both.get("privileged")
            checked += 1
    assert checked > 0


@every_example
def test_a_container_has_bounds_and_cannot_write_to_what_is_mounted(values: Path) -> None:
    for pod in pods(render(values)):
        for container in containers(pod):
            assert container["resources"]["requests"].keys() >= {"cpu", "memory"}
            assert "memory" in container["resources"]["limits"]
            if container["name"] in OURS:
                assert all(mount["readOnly"] for mount in container.get("volumeMounts", []))


# What it is asked


@every_example
def test_the_service_leads_to_the_exporter_alone(values: Path) -> None:
    manifests = render(values)
    [service], [deployment] = of_kind(manifests, "Service"), of_kind(manifests, "Deployment")
    selector = service["spec"]["selector"].items()
    assert selector == deployment["spec"]["selector"]["matchLabels"].items()
    assert selector <= deployment["spec"]["template"]["metadata"]["labels"].items()
    for pod in of_kind(manifests, "Pod"):
        assert not selector <= pod["metadata"]["labels"].items()


def test_another_web_config_restarts_it_and_the_same_one_does_not() -> None:
    def checksum(user: str, **more: object) -> str:
        config = {"config": {"basic_auth_users": {user: HASH}}}
        [deployment] = of_kind(render({**BASE, "web": config, **more}), "Deployment")
        return str(deployment["spec"]["template"]["metadata"]["annotations"]["checksum/web"])

    assert checksum("one") == checksum("one", log={"level": "debug"})
    assert checksum("one") != checksum("other")


# What it knows


def secrets(manifests: list[Manifest]) -> Iterator[str]:
    """Every secret, as text."""
    for secret in of_kind(manifests, "Secret"):
        yield from secret.get("stringData", {}).values()
        yield from (base64.b64decode(one).decode() for one in secret.get("data", {}).values())


def readable(manifests: list[Manifest]) -> str:
    """All that those see who may not read Secrets."""
    return yaml.safe_dump_all([one for one in manifests if one["kind"] != "Secret"], width=10**6)


@every_example
def test_a_secret_is_in_no_other_object(values: Path) -> None:
    manifests = render(values)
    others = readable(manifests)
    for secret in secrets(manifests):
        assert secret not in others
        assert base64.b64encode(secret.encode()).decode() not in others


def test_secrets_given_as_values_go_into_secrets_alone() -> None:
    given = {
        "database": {"host": "db", "username": "exporter", "password": f"password {MARK}"},
        "web": {"config": {"basic_auth_users": {"prometheus": f"{HASH[:-8]}{MARK}"}}},
    }
    manifests = render(given)
    assert sum(MARK in secret for secret in secrets(manifests)) == 2
    assert MARK not in readable(manifests)
    assert base64.b64encode(f"password {MARK}".encode()).decode() not in readable(manifests)
