"""docs/archiver-on-kubernetes.md: Kubernetes takes its manifest, the chart its values."""

from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from tests.support.doc_commands import DOCS, blocks
from tests.support.helm import CHART, NEWEST, OLDEST, Manifest, conform, of_kind, render, template

PAGE = DOCS / "archiver-on-kubernetes.md"
CRONJOB, *VALUES = (yaml.safe_load(block.code) for block in blocks(PAGE, "yaml"))
SHARED, BESIDE, OF_THE_NODE = VALUES
DATABASE = {"database": {"host": "db", "username": "exporter", "existingSecret": "matomo-exporter"}}


def pod_of(values: Mapping[str, Any]) -> Manifest:
    (deployment,) = of_kind(render({**DATABASE, **values}), "Deployment")
    pod: Manifest = deployment["spec"]["template"]["spec"]
    return pod


def exporter_of(pod: Manifest) -> Manifest:
    found: Manifest = next(one for one in pod["containers"] if one["name"] == "exporter")
    return found


def mounted(container: Manifest) -> dict[str, str]:
    return {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}


@pytest.mark.parametrize("kubernetes", [OLDEST, NEWEST])
def test_kubernetes_takes_the_cronjob(kubernetes: str) -> None:
    judged = conform(yaml.safe_dump(CRONJOB), kubernetes)
    assert judged.status == 0, judged.out


@pytest.mark.parametrize("values", VALUES, ids=["shared", "beside", "node"])
@pytest.mark.parametrize("kubernetes", [OLDEST, NEWEST])
def test_the_chart_and_kubernetes_take_the_values(
    values: Mapping[str, Any], kubernetes: str
) -> None:
    rendered = template({**DATABASE, **values}, kubernetes=kubernetes)
    assert rendered.status == 0, rendered.err
    judged = conform(rendered.out, kubernetes)
    assert judged.status == 0, judged.out


def test_the_archiver_writes_to_the_claim_that_the_exporter_mounts() -> None:
    job = CRONJOB["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    claims = {one["name"]: one["persistentVolumeClaim"]["claimName"] for one in job["volumes"]}
    folder, name = SHARED["archiver"]["logFile"].rsplit("/", 1)
    (archiver,) = job["containers"]
    assert claims[mounted(archiver)[folder]] == SHARED["archiver"]["logClaim"]
    assert archiver["args"][0].endswith(f"tee {folder}/{name}")
    pod = pod_of(SHARED)
    (volume,) = (one for one in pod["volumes"] if one["name"] == mounted(exporter_of(pod))[folder])
    assert volume["persistentVolumeClaim"]["claimName"] == SHARED["archiver"]["logClaim"]


def test_the_archiver_beside_shares_its_log_and_its_processes() -> None:
    pod = pod_of(BESIDE)
    assert pod["shareProcessNamespace"] is True
    (archiver,) = (one for one in pod["containers"] if one["name"] == "archiver")
    assert mounted(exporter_of(pod))["/var/log/matomo"] == mounted(archiver)["/var/log/matomo"]
    example = yaml.safe_load((CHART / "ci/archiver-beside-values.yaml").read_text(encoding="utf-8"))
    same = ("logFile", "procPath")
    assert {key: example["archiver"][key] for key in same} == BESIDE["archiver"]


def test_logs_of_the_node_are_read_by_root_without_rights() -> None:
    pod = pod_of(OF_THE_NODE)
    exporter = exporter_of(pod)
    both = pod["securityContext"] | exporter["securityContext"]
    assert both["runAsUser"] == 0
    assert both["capabilities"] == {"drop": ["ALL"]}
    assert both["readOnlyRootFilesystem"] is True
    assert all(mount["readOnly"] for mount in exporter["volumeMounts"])
    assert OF_THE_NODE["archiver"]["logFile"].startswith("/var/log/pods/")
    assert pod["nodeSelector"] == OF_THE_NODE["nodeSelector"]
