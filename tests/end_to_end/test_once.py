"""`once`: one reading, printed or written to a file."""

import os
import stat
from pathlib import Path

import pytest

from matomo_archive_exporter.demo.private_server import free_port
from tests.conftest import PASSWORD, Database
from tests.support import everything
from tests.support.process import Finished, run
from tests.support.scrape import Page


@pytest.fixture
def matomo(database: Database) -> Database:
    """A database that holds Matomo's tables."""
    everything.load(database.connection)
    return database


def once(database: Database, *arguments: str) -> Finished:
    variables = {"MATOMO_DATABASE_PASSWORD": PASSWORD}
    return run("once", *database.flags, *arguments, variables=variables)


def without_a_database(*arguments: str) -> Finished:
    return run("once", f"--database.port={free_port()}", "--database.username=exporter", *arguments)


def test_the_page_is_printed_and_the_status_is_0_when_the_queue_was_read(matomo: Database) -> None:
    done = once(matomo)
    page = Page.of(done.out)
    assert done.status == 0
    assert page.up == 1
    assert sum(page.values("matomo_archive_invalidations")) == 20
    assert {"process_resident_memory_bytes", "python_info"} <= page.names


def test_nothing_but_the_page_is_printed_when_all_is_well(matomo: Database) -> None:
    matomo.run("DELETE FROM matomo_archive_invalidations WHERE period = 9")
    assert once(matomo).err == ""


def test_the_status_is_1_when_only_the_queue_cannot_be_read(matomo: Database) -> None:
    matomo.run("DROP TABLE matomo_archive_invalidations")
    done = once(matomo)
    page = Page.of(done.out)
    assert (done.status, page.up) == (1, 0)
    assert (page.success("queue"), page.success("runs")) == (0, 1)


def test_the_file_leaves_out_what_node_exporter_has_and_what_counts_since_the_start(
    matomo: Database, tmp_path: Path
) -> None:
    file = tmp_path / "matomo.prom"
    done = once(matomo, f"--output={file}")
    page = Page.of(file.read_text(encoding="utf-8"))
    assert (done.status, done.out) == (0, "")
    assert page.up == 1
    assert "matomo_archive_exporter_build_info" in page.names
    assert not [name for name in page.names if name.startswith(("process_", "python_"))]
    assert not [name for name in page.names if name.endswith("_total")]


def test_the_file_is_replaced_in_one_step(matomo: Database, tmp_path: Path) -> None:
    """A reader with the old file open keeps it whole; no other file is left behind."""
    file = tmp_path / "matomo.prom"
    file.write_text("old\n", encoding="utf-8")
    with file.open(encoding="utf-8") as reader:
        once(matomo, f"--output={file}")
        assert reader.read() == "old\n"
    assert file.read_text(encoding="utf-8").startswith("# HELP matomo_up")
    assert list(tmp_path.iterdir()) == [file]


def test_a_failed_reading_is_written_as_well_for_all_to_read(tmp_path: Path) -> None:
    """With any umask."""
    file = tmp_path / "matomo.prom"
    before = os.umask(0o077)
    try:
        done = without_a_database(f"--output={file}")
    finally:
        os.umask(before)
    assert done.status == 1
    assert Page.of(file.read_text(encoding="utf-8")).up == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o644


@pytest.mark.parametrize(
    ("folder", "why"),
    [
        ("/nowhere/to/be/found", "No such file or directory"),
        ("/dev/null", "Not a directory"),
        ("/sys", "Permission denied"),  # to root as well
    ],
)
def test_a_folder_that_cannot_be_written_is_one_line_and_status_2(folder: str, why: str) -> None:
    file = f"{folder}/matomo.prom"
    done = without_a_database(f"--output={file}")
    assert (done.status, done.out) == (2, "")
    assert done.err.splitlines()[-1] == f"matomo-archive-exporter: --output: {file}: {why}"
