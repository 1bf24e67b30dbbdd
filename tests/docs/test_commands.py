"""The commands of the pages about first checks, upgrades and asking: each is run.

The test replaces the addresses of exporter and Alertmanager, and the login of the database client,
which has its own files for that.
"""

import json
import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grafana.stack.monitoring import alertmanager
from matomo_archive_exporter.demo.private_server import free_port
from tests.conftest import PASSWORD, USER, Database
from tests.support import recordings
from tests.support.doc_commands import DOCS, blocks, under
from tests.support.process import Exporter, Finished
from tests.support.running import PASSWORD_VARIABLE
from tests.support.shell import sh
from tests.support.tools import prometheus_tool
from tests.support.visit_rows import create_visits

EXPORTER = "matomo-archive-exporter"
RISK = {"advise", "forecast"}  # end with 1 if the run dies
FIRST, UPGRADE = DOCS / "first-checks.md", DOCS / "upgrade-matomo.md"
COMMANDS = {
    shlex.join(command): command
    for page in (FIRST, UPGRADE, DOCS / "commands.md", DOCS / "answer-a-page.md")
    for block in blocks(page)
    for command in block.commands
    if command[0] == EXPORTER and "--queue" not in command
}


@pytest.fixture
def updated(database: Database) -> Database:
    """A Matomo right after its update to 5.2.0, with nothing in the queue yet."""
    recordings.load(database.connection, "update-5.1.2-to-5.2.0")
    create_visits(database.connection, (1, f"{datetime.now(UTC):%Y-%m-%d} 00:00:00"))
    return database


def run(code: str, database: Database, folder: Path) -> Finished:
    """Commands by an operator who set the variables of the login."""
    client = f'mysql() {{ mariadb -h127.0.0.1 -P{database.server.port} -u{USER} "$@"; }}'
    named = code.replace(" matomo >", f" {database.name} >")
    tools = f"{Path(sys.executable).parent}:{prometheus_tool('promtool').parent}:$PATH"
    return sh(
        f"cd {folder}\nPATH={tools}\n{client}\n{named}",
        MYSQL_PWD=PASSWORD,
        MATOMO_DATABASE_PORT=str(database.server.port),
        MATOMO_DATABASE_USERNAME=USER,
        MATOMO_DATABASE_DBNAME=database.name,
        **PASSWORD_VARIABLE,
    )


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_each_command_answers(command: list[str], updated: Database, tmp_path: Path) -> None:
    if writes := "--output" in command:
        command = [*command[:-1], Path(command[-1]).name]
    done = run(shlex.join(command), updated, tmp_path)
    assert done.status in ((0, 1) if command[1] in RISK else (0,)), done.out + done.err
    assert not writes or (tmp_path / command[-1]).exists()


def test_the_forecast_after_an_update_counts_what_is_only_scheduled(
    updated: Database, tmp_path: Path
) -> None:
    first = under("Before: forecast on a test system", UPGRADE)[0]
    done = run(f"{first.code.strip()} --json", updated, tmp_path)
    assert (rearchiving := json.loads(done.out)["expected"]["rearchiving"]) > 1000, rearchiving


def test_a_queue_can_be_dumped_and_forecast(database: Database, tmp_path: Path) -> None:
    recordings.load(database.connection, "case-07-128M")
    dump = under("Before: forecast on a test system", UPGRADE)[-1]
    done = run(dump.code, database, tmp_path)
    assert done.status in (0, 1), done.err
    assert "memory_limit 256M" in done.out


def test_the_first_figures_are_found(updated: Database, tmp_path: Path) -> None:
    (block,) = under("4. Look at the figures", FIRST)
    with Exporter(*updated.flags, variables=PASSWORD_VARIABLE) as running:
        running.wait_for(lambda page: "matomo_archive_memory_predicted_ratio" in page.names)
        done = sh(block.code.replace(":16286", f":{running.port}"))
    lines = done.out.splitlines()
    assert [line.partition(" ")[0].partition("{")[0] for line in lines] == [
        "matomo_up",
        "matomo_archive_queue_sites",
        *["matomo_archive_memory_predicted_ratio"] * 2,
    ]


def test_advice_is_fetched_as_text(updated: Database) -> None:
    (block,) = under("2. Ask for advice", DOCS / "answer-a-page.md")
    with Exporter(*updated.flags, variables=PASSWORD_VARIABLE) as running:
        running.wait_for(lambda page: "matomo_archive_memory_predicted_ratio" in page.names)
        code = block.code.replace("exporter.example.org:16286", f"127.0.0.1:{running.port}")
        done = sh(code)
    assert done.status == 0
    assert "core:archive" in done.out
    assert "<html" not in done.out


def test_a_test_page_reaches_an_alertmanager(tmp_path: Path) -> None:
    (block,) = under("6. Load alerts and dashboards", FIRST)
    amtool = prometheus_tool("amtool")
    with alertmanager(tmp_path, f"127.0.0.1:{free_port()}", {}) as server:
        code = block.code.replace("http://localhost:9093", server.url)
        assert sh(f"PATH={amtool.parent}:$PATH\n{code}").status == 0
        known = sh(f"{amtool} --alertmanager.url={server.url} alert query")
    assert "MatomoArchiveTest" in known.out


def test_the_rules_of_the_page_are_valid_and_take_its_limit(tmp_path: Path) -> None:
    listing, making = (
        command
        for block in under("Change a limit", DOCS / "alerts.md")
        for command in block.code.replace("\\\n", " ").splitlines()
        if "grafana" in command and "helm" not in command
    )
    assert "memoryRatioWarning" in sh(listing).out
    written = tmp_path / "rules.yml"
    assert sh(making.replace("rules.yml", str(written))).status == 0
    (check,) = under("Load the rules", DOCS / "alerts.md")
    code = check.code.replace("/etc/prometheus/rules/matomo-archive.yml", str(written))
    done = sh(f"PATH={prometheus_tool('promtool').parent}:$PATH\n{code}")
    assert done.status == 0, done.out + done.err
    assert "0.7" in written.read_text(encoding="utf-8")
