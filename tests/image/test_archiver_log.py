"""docs/archiver-on-kubernetes.md: the exporter reads the log of each of its ways."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.container import RUN, Image
from tests.support.folders import public_folder
from tests.support.log_wrappers import cri, wrapped
from tests.support.process import REPOSITORY, Exporter

PAGE = (REPOSITORY / "docs" / "archiver-on-kubernetes.md").read_text(encoding="utf-8")
VOLUME = "/var/log/matomo"
LOG = f"{VOLUME}/archive.log"
ARCHIVER = "php /var/www/html/console core:archive"
EVENTS = "matomo_archive_log_events_total"
OPTIONS = (f"--archiver.log-file={LOG}", "--database.username=u", "--collect.interval=1s")
# As Pod Security `restricted` has it.
RESTRICTED = ("--user=33:33", "--cap-drop=all", "--security-opt=no-new-privileges")


@pytest.fixture
def volume() -> Iterator[Path]:
    """A folder that Matomo's user may write to."""
    with public_folder() as folder:
        folder.chmod(0o777)
        yield folder


def in_the_place_of_the_archiver(image: Image, volume: Path, code: str, *options: str) -> None:
    """Code in a container of the user and the rights that the page gives the archiver."""
    base = image.config()["Labels"]["org.opencontainers.image.base.name"]
    mounts = (f"--volume={volume}:{VOLUME}", f"--volume={REPOSITORY / 'tests'}:/tests:ro")
    shell = ("bash", "-o", "pipefail", "-c", code)
    command = [*RUN, *RESTRICTED, *options, *mounts, base, *shell]
    subprocess.run(command, check=True, capture_output=True)


def writes(sample: str) -> str:
    """The command of the page, with what an archiver once wrote in the place of the archiver."""
    assert f"{ARCHIVER} 2>&1 | tee {LOG}" in PAGE
    return f"cat /tests/samples/{sample} 2>&1 | tee {LOG}"


def test_it_counts_what_each_run_writes_through_tee(image: Image, volume: Path) -> None:
    with Exporter(*OPTIONS, program=image.command({volume: VOLUME})) as running:
        in_the_place_of_the_archiver(
            image, volume, writes("log-no-visits-time-limit-death-5.8.0.txt")
        )
        running.wait_for(lambda page: page.value(EVENTS, event="memory_exhausted_archiver") == 1)
        in_the_place_of_the_archiver(image, volume, writes("log-signal-5.8.0.txt"))
        running.wait_for(lambda page: page.value(EVENTS, event="archive_done") == 1)


def test_archivers_side_by_side_are_all_counted_by_a_pattern(image: Image, volume: Path) -> None:
    options = (f"--archiver.log-file={VOLUME}/*.log", *OPTIONS[1:])
    with Exporter(*options, program=image.command({volume: VOLUME})) as running:
        for name in ("one", "other"):
            code = writes("log-signal-5.8.0.txt").replace("archive.log", f"{name}.log")
            in_the_place_of_the_archiver(image, volume, code)
        running.wait_for(lambda page: page.value(EVENTS, event="archive_done") == 2)


@pytest.fixture
def beside(image: Image, volume: Path) -> Iterator[str]:
    """A container whose archiver is at work; its name."""
    name = f"archiver-beside-{os.getpid()}"
    at_work = "exec -a php bash -c 'sleep 600; true' /var/www/html/console core:archive"
    in_the_place_of_the_archiver(image, volume, at_work, "--detach", f"--name={name}")
    yield name
    subprocess.run(["podman", "rm", "--force", "--time=0", name], check=True, capture_output=True)


def test_in_one_pod_it_sees_the_processes_of_the_archiver_too(
    image: Image, volume: Path, beside: str
) -> None:
    program = [*image.command({volume: VOLUME})]
    program.insert(-1, f"--pid=container:{beside}")  # as shareProcessNamespace does
    with Exporter(*OPTIONS, "--archiver.proc-path=/proc", program=program) as running:
        page = running.wait_for(lambda page: page.names & {"matomo_archive_processes"})
    assert page.value("matomo_archive_processes", role="archiver") == 1


def test_the_files_of_the_container_runtime_are_read_by_root_without_rights(
    image: Image, volume: Path
) -> None:
    (values,) = re.findall(r"logFile: (/var/log/pods/\S+)", PAGE)
    log = Path("matomo_matomo-archiver-29381765-x7k2p_0f3c/archiver/0.log")
    program = [*image.command({volume: "/var/log/pods"})]
    program[program.index("65532:65532")] = "0:0"
    with Exporter(f"--archiver.log-file={values}", *OPTIONS[1:], program=program) as running:
        write_as_the_kubelet_does(volume / log, "log-signal-5.8.0.txt")
        running.wait_for(lambda page: page.value(EVENTS, event="archive_done") == 1)


def write_as_the_kubelet_does(path: Path, sample: str) -> None:
    """In the format of container runtimes, for root alone."""
    path.parent.mkdir(parents=True)
    path.touch(mode=0o640)
    content = (REPOSITORY / "tests" / "samples" / sample).read_bytes()
    path.write_bytes(wrapped(content, cri))
