"""The container image, built by the repository's own script, and commands in it.

Containers run as a cluster would run them at its strictest: no root, no capabilities, nothing to
write to but an empty /tmp. They share the host's network.
"""

import json
import subprocess
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, Self

from tests.support.process import REPOSITORY, Finished, finish

_BUILDER = REPOSITORY / "scripts" / "container-image"
RUN = (
    *("podman", "run", "--rm", "--runtime", "runc", "--network", "host", "--pull", "never"),
    # Limits that a machine without its own limits allows.
    *("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"),
    # It is asked by hand: podman's own timers are systemd's.
    "--no-healthcheck",
)
_HARDENED = (
    *("--read-only", "--cap-drop", "all", "--security-opt", "no-new-privileges"),
    *("--user", "65532:65532"),
)


@dataclass(frozen=True, slots=True)
class Image:
    """An image in the local store."""

    name: str

    @classmethod
    def build(cls) -> Self:
        """The image of the working tree; quick when nothing has changed."""
        built = subprocess.run([_BUILDER], check=True, stdout=subprocess.PIPE, text=True)
        return cls(built.stdout.split()[-1])

    def command(
        self,
        mounts: Mapping[Path, str] | None = None,
        variables: Sequence[str] = (),
        name: str = "",
    ) -> tuple[str, ...]:
        """The command line before the container's arguments; `variables` are passed on by name."""
        mounted = [f"--volume={here}:{there}:ro" for here, there in (mounts or {}).items()]
        passed = [f"--env={variable}" for variable in variables]
        named = [f"--name={name}"] if name else []
        return (*RUN, *_HARDENED, *mounted, *passed, *named, self.name)

    def run(
        self,
        *arguments: str,
        mounts: Mapping[Path, str] | None = None,
        variables: Sequence[str] = (),
        entrypoint: str = "",
    ) -> Finished:
        """One command in a container of its own, to its end."""
        command = list(self.command(mounts, variables))
        command[-1:-1] = [f"--entrypoint={entrypoint}"] if entrypoint else []
        return finish([*command, *arguments], seconds=60)

    def config(self) -> dict[str, Any]:
        """The image's configuration: user, labels, health check."""
        output = subprocess.run(
            ["podman", "image", "inspect", self.name], check=True, capture_output=True, text=True
        )
        (found,) = json.loads(output.stdout)
        return {**found["Config"], "Healthcheck": found["Healthcheck"]}

    def unpack(self, folder: Path) -> None:
        """Put all its files in a folder, as root sees them."""
        made = subprocess.run(
            ["podman", "create", "--no-healthcheck", "--runtime", "runc", self.name],
            check=True,
            capture_output=True,
            text=True,
        )
        container = made.stdout.strip()
        into = f"podman export {container} | tar -x -p -C {folder}"
        subprocess.run(["bash", "-o", "pipefail", "-c", into], check=True, capture_output=True)
        subprocess.run(["podman", "rm", container], check=True, capture_output=True)

    def layers(self) -> Iterator[list[tarfile.TarInfo]]:
        """The files of each layer, the lowest first."""
        with TemporaryDirectory() as folder:
            archive = Path(folder) / "image.tar"
            subprocess.run(
                ["podman", "save", "-o", archive, self.name], check=True, capture_output=True
            )
            with tarfile.open(archive) as whole:
                (reported,) = json.load(_member(whole, "manifest.json"))
                for name in reported["Layers"]:
                    with tarfile.open(fileobj=_member(whole, name)) as layer:
                        yield layer.getmembers()

    def compressed_bytes(self) -> int:
        """The size of a download from a registry: all layers, gzipped."""
        saved = f"podman save {self.name} | gzip -c | wc -c"
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", saved], check=True, capture_output=True, text=True
        )
        return int(done.stdout)


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    found = archive.extractfile(name)
    assert found, name
    return found


def execute(container: str, *command: str) -> Finished:
    """A command in a container that runs."""
    return finish(["podman", "exec", container, *command], seconds=60)
