"""docs/archiver-on-kubernetes.md: Matomo's user writes a log to a volume, the exporter reads it."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.container import RUN, Image
from tests.support.folders import public_folder
from tests.support.process import REPOSITORY, Exporter

PAGE = (REPOSITORY / "docs" / "archiver-on-kubernetes.md").read_text(encoding="utf-8")
VOLUME = "/var/log/matomo"
LOG = f"{VOLUME}/archive.log"
ARCHIVER = "php /var/www/html/console core:archive"
# As Pod Security `restricted` has it.
RESTRICTED = ("--user=33:33", "--cap-drop=all", "--security-opt=no-new-privileges")


@pytest.fixture
def volume() -> Iterator[Path]:
    """A folder that Matomo's user may write to."""
    with public_folder() as folder:
        folder.chmod(0o777)
        yield folder


def archive(base: str, volume: Path, sample: str) -> None:
    """The command of the page, with what an archiver once wrote in the place of the archiver."""
    assert f"{ARCHIVER} 2>&1 | tee {LOG}" in PAGE
    mounts = (f"--volume={volume}:{VOLUME}", f"--volume={REPOSITORY / 'tests'}:/tests:ro")
    command = f"cat /tests/samples/{sample} 2>&1 | tee {LOG}"
    shell = ("bash", "-o", "pipefail", "-c", command)
    subprocess.run([*RUN, *RESTRICTED, *mounts, base, *shell], check=True, capture_output=True)


def test_it_counts_what_each_run_writes_through_tee(image: Image, volume: Path) -> None:
    base = image.config()["Labels"]["org.opencontainers.image.base.name"]
    program = image.command({volume: VOLUME})
    options = (f"--archiver.log-file={LOG}", "--database.username=u", "--collect.interval=1s")
    event = "matomo_archive_log_events_total"
    with Exporter(*options, program=program) as running:
        archive(base, volume, "log-no-visits-time-limit-death-5.8.0.txt")
        running.wait_for(lambda page: page.value(event, event="memory_exhausted_archiver") == 1)
        archive(base, volume, "log-signal-5.8.0.txt")
        running.wait_for(lambda page: page.value(event, event="archive_done") == 1)
