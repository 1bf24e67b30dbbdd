"""A real Kubernetes API server with its etcd: it accepts and refuses objects as anywhere.

It only keeps objects: no kubelet runs pods, and no controller makes pods of Deployments.
"""

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from matomo_archive_exporter.demo.private_server import free_port
from tests.support.delivery import delivery_tool
from tests.support.process import REPOSITORY, Finished, finish, wait_until

TOOLS = REPOSITORY / ".tools" / "cluster"
_INSTALLER = REPOSITORY / "scripts" / "cluster-tools"
DO = ("enforce", "warn")
_TOKEN = "of-this-run-alone"  # the server listens on this machine alone
# What admission looks for, and clusters have.
_GIVEN = [
    {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": "monitoring"},
        "value": 1000,
    },
    {
        "apiVersion": "node.k8s.io/v1",
        "kind": "RuntimeClass",
        "metadata": {"name": "gvisor"},
        "handler": "runsc",
    },
]


@dataclass(frozen=True, slots=True)
class Cluster:
    """An API server that answers."""

    kubeconfig: Path

    def kubectl(self, *arguments: str | Path, stdin: str = "") -> Finished:
        """One command, to its end."""
        return self._run(TOOLS / "bin" / "kubectl", *arguments, stdin=stdin)

    def helm(self, *arguments: str | Path, stdin: str = "") -> Finished:
        """The same of Helm 3."""
        return self._run(delivery_tool("helm"), *arguments, stdin=stdin)

    def variables(self) -> dict[str, str]:
        """For commands that are to find the cluster, kubectl and helm."""
        tools = (TOOLS / "bin", delivery_tool("helm").parent)
        path = ":".join([*map(str, tools), "/usr/local/bin", "/usr/bin", "/bin"])
        home = str(self.kubeconfig.parent)
        return {"KUBECONFIG": str(self.kubeconfig), "HOME": home, "PATH": path}

    def namespace(self, name: str) -> str:
        """A new one, under Pod Security `restricted`."""
        levels = {
            f"pod-security.kubernetes.io/{what}": "restricted" for what in ("enforce", "warn")
        }
        metadata = {"name": name, "labels": levels}
        self.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}])
        return name

    def apply(self, manifests: Sequence[Any]) -> None:
        """Have these objects, as server-side apply makes them."""
        done = self.kubectl("apply", "--server-side", "-f-", stdin=yaml.safe_dump_all(manifests))
        assert done.status == 0, done.err

    def objects(self, manifests: str) -> list[Any]:
        """The objects of a YAML text as they are in the cluster."""
        done = self.kubectl("get", "-f-", "--output=json", stdin=manifests)
        assert done.status == 0, done.err
        found = json.loads(done.out)
        return list(found.get("items", [found]))

    def _run(self, program: Path, *arguments: str | Path, stdin: str) -> Finished:
        return finish([program, *arguments], stdin, variables=self.variables())


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """One with the operator's resources, until the block ends. Its files are in the folder."""
    subprocess.run([_INSTALLER], check=True)
    with ExitStack() as running:
        store = f"http://127.0.0.1:{free_port()}"
        running.enter_context(_etcd(folder, store))
        port = running.enter_context(_api_server(folder, store))
        made = Cluster(_kubeconfig(folder, port))
        answers = ("get", "--raw=/readyz")
        wait_until(lambda: made.kubectl(*answers).status == 0, "the API server is ready")
        made.apply([*_GIVEN, *_definitions()])
        ready = ("wait", "--for=condition=Established", "crd", "--all")
        assert made.kubectl(*ready).status == 0
        yield made


def _definitions() -> list[Any]:
    files = sorted((TOOLS / "crds").glob("*.json"))
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


@contextmanager
def _process(log: Path, *command: str | Path) -> Iterator[None]:
    with (
        log.open("wb") as message,
        subprocess.Popen(command, stdout=message, stderr=message) as process,
    ):
        try:
            yield
        finally:
            process.terminate()


@contextmanager
def _etcd(folder: Path, address: str) -> Iterator[None]:
    peers = f"http://127.0.0.1:{free_port()}"
    with _process(
        folder / "etcd.log",
        TOOLS / "bin" / "etcd",
        f"--data-dir={folder / 'etcd'}",
        *(f"--listen-client-urls={address}", f"--advertise-client-urls={address}"),
        *(f"--listen-peer-urls={peers}", f"--initial-advertise-peer-urls={peers}"),
        f"--initial-cluster=default={peers}",
        "--unsafe-no-fsync",  # which it outlives by nothing
    ):
        yield


@contextmanager
def _api_server(folder: Path, store: str) -> Iterator[int]:
    port = free_port()
    key, tokens = folder / "accounts.key", folder / "tokens.csv"
    subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
    tokens.write_text(f"{_TOKEN},admin,1,system:masters\n", encoding="utf-8")
    with _process(
        folder / "api-server.log",
        TOOLS / "bin" / "kube-apiserver",
        f"--etcd-servers={store}",
        *("--bind-address=127.0.0.1", f"--secure-port={port}", f"--cert-dir={folder}"),
        *("--authorization-mode=RBAC", f"--token-auth-file={tokens}"),
        "--service-account-issuer=https://cluster.example.org",
        *(f"--service-account-key-file={key}", f"--service-account-signing-key-file={key}"),
        "--service-cluster-ip-range=10.0.0.0/24,fd00:10::/108",
        "--endpoint-reconciler-type=none",
    ):
        yield port


def _kubeconfig(folder: Path, port: int) -> Path:
    server = {"server": f"https://127.0.0.1:{port}", "insecure-skip-tls-verify": True}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "admin"}}],
        "clusters": [{"name": "test", "cluster": server}],
        "users": [{"name": "admin", "user": {"token": _TOKEN}}],
    }
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return path
