"""A machine run by systemd, in a container that shares the host's network."""

import subprocess
import tempfile
from pathlib import Path
from typing import Self

from tests.support.container import RUN
from tests.support.doc_commands import under
from tests.support.process import REPOSITORY, Finished, finish, wait_until
from tests.support.release import copy_to, install
from tests.support.units import FOLDER, PROGRAM

_IMAGE_MAKER = REPOSITORY / "scripts/systemd-image"
# Rights that systemd needs to confine services; it may not set the host's kernel.
_RIGHTS = (
    *("--cap-add", "SYS_ADMIN,SYS_PTRACE", "--systemd", "always"),
    *("--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined"),
)
# Services see their credentials through mounts that are made outside of their own namespace.
_BOOT = "mount --make-rshared / && exec /lib/systemd/systemd"
_CLONE = "/srv"


class Machine:
    """A booted one with the exporter and its units, installed as the units say."""

    def __enter__(self) -> Self:
        made = subprocess.run([_IMAGE_MAKER], check=True, stdout=subprocess.PIPE, text=True)
        command = [*RUN, *_RIGHTS, "--detach", made.stdout.split()[-1], "sh", "-c", _BOOT]
        begun = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        self._container = begun.stdout.strip()
        try:
            wait_until(self._has_booted, "systemd has started all")
            self._install()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run(["podman", "rm", "-f", "-t", "0", self._container], check=True,
                       stdout=subprocess.DEVNULL)  # fmt: skip

    def run(self, *command: str, given: str = "") -> Finished:
        """A command as root."""
        return finish(["podman", "exec", "-i", self._container, *command], given, seconds=60)

    def does(self, *command: str, given: str = "") -> str:
        """The output of a command that has to work."""
        done = self.run(*command, given=given)
        assert done.status == 0, f"{command}: {done.err}{done.out}"
        return done.out

    def write(self, path: str, text: str, mode: str = "0644") -> None:
        """A file of root's."""
        self.does("install", "-D", "-m", mode, "/dev/stdin", path, given=text)

    def property(self, unit: str, name: str) -> str:
        """A property of a unit, from systemd."""
        return self.does("systemctl", "show", "--value", "--property", name, unit).strip()

    def log(self, unit: str) -> str:
        """All that a unit and systemd said of it."""
        return self.does("journalctl", "--no-pager", "--unit", unit)

    def _has_booted(self) -> bool:
        state = self.run("systemctl", "is-system-running").out.strip()
        assert state != "degraded", self.run("systemctl", "--failed").out
        return state == "running"

    def _install(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            tree = copy_to(Path(folder) / "tree")
            tree.built()
            (wheel,) = (tree.root / "dist").glob("*.whl")
            here = install(wheel, Path(folder) / PROGRAM.parents[1].name)
            self._copy(here.parents[1], str(PROGRAM.parents[2]))
        # An environment names its own place there alone.
        there = f"1s,.*,#!{PROGRAM.parent}/python,"
        self.does("sed", "--in-place", there, str(PROGRAM))
        # The rest as docs/install.md tells it, from a clone.
        self._copy(FOLDER, f"{_CLONE}/systemd")
        self.does("bash", "-euc", f"cd {_CLONE}\n{under('Run it as a systemd service')[0].code}")
        self.does("bash", "-euc", f"cp {_CLONE}/systemd/*-once.* /etc/systemd/system/")
        self.does("systemctl", "daemon-reload")

    def _copy(self, source: Path, target: str) -> None:
        folder = f"{source}/." if target.endswith("/") else str(source)
        copied = ["podman", "cp", folder, f"{self._container}:{target}"]
        subprocess.run(copied, check=True, capture_output=True)
