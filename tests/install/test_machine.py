"""docs/install.md, database user and pip: its commands, run from a clone.

The test replaces folders of the system by temporary ones, and the database's host by its own.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from matomo_archive_exporter import __version__
from tests.conftest import PASSWORD, Database
from tests.support import everything
from tests.support.doc_commands import DOCS, pages, under
from tests.support.folders import public_folder
from tests.support.shell import sh
from tests.support.visit_rows import create_visits

HOME = "/opt/matomo-archive-exporter"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Represents the root of the file system, which all users may read."""
    with public_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def home(folder: Path) -> Path:
    """Where the program is, installed by the commands of the page."""
    home = folder / "program"
    install, _ = under("Install with pip")
    done = sh(install.code.replace(HOME, str(home)))
    assert done.status == 0, done.err
    assert done.out.splitlines()[-3] == f"matomo-archive-exporter {__version__}"
    return home


@pytest.fixture
def matomo(database: Database) -> Database:
    """Matomo's tables, with everything in them."""
    everything.load(database.connection)
    return database


def test_pip_installs_a_command_that_checks_and_serves(
    home: Path, folder: Path, matomo: Database
) -> None:
    secret = folder / "password"
    secret.write_text(PASSWORD, encoding="utf-8")
    _, block = under("Install with pip")
    code = block.code.replace(HOME, str(home)).replace("/run/secrets/exporter", str(secret))
    code = code.replace("HOST=db", "HOST=127.0.0.1").replace(
        "DBNAME=matomo", f"DBNAME={matomo.name}"
    )
    assert code.endswith(" serve\n")
    port = {"MATOMO_DATABASE_PORT": str(matomo.server.port)}
    done = sh(code.replace(" serve\n", " once\n"), **port)
    assert done.status == 0, done.out
    assert "\nmatomo_up 1.0\n" in done.out


def test_an_upgrade_leaves_a_command_that_works(home: Path) -> None:
    upgrade = under("Upgrade the exporter")[0].code.splitlines()[0]
    assert upgrade.endswith(" --upgrade .")
    done = sh(f"{upgrade.replace(HOME, str(home))}\n{home}/bin/matomo-archive-exporter --version")
    assert done.status == 0, done.err
    assert f"matomo-archive-exporter {__version__}" in done.out


def test_the_user_of_the_page_can_read_all_but_the_archive_tables(
    home: Path, matomo: Database
) -> None:
    create_visits(matomo.connection)
    (block,) = under("Create a database user", language="sql")
    name = f"of_the_page_{matomo.server.port}"
    code = block.code.replace("exporter@'%'", f"{name}@'%'").replace(" matomo.", f" {matomo.name}.")
    statements = [each for each in code.split(";") if each.strip()]
    assert len(statements) == 6
    try:
        for statement in statements:
            matomo.run(statement)
        flags = f"--database.port={matomo.server.port} --database.dbname={matomo.name}"
        checked = sh(
            f"{home}/bin/matomo-archive-exporter check {flags} --database.username={name}",
            MATOMO_DATABASE_PASSWORD="...",
        )
    finally:
        matomo.run(f"DROP USER {name}@'%'")
    grants = re.findall(r"GRANT SELECT ON `\w+`\.`(\w+)`", checked.out)
    assert grants
    assert all(table.startswith("matomo_archive_numeric_") for table in grants), checked.out
    assert re.findall(r"MISSING +(\w+):", checked.out.partition("\ncollectors")[2]) == ["archives"]


def test_the_user_is_made_in_one_place() -> None:
    makes = [page for page in pages() if "CREATE USER" in page.read_text(encoding="utf-8")]
    assert makes == [DOCS / "install.md"]
