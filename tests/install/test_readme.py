"""README alone, by pip: from its first command to figures in a Prometheus."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from matomo_archive_exporter.demo.private_server import free_port
from tests.conftest import PASSWORD, Database
from tests.support import everything
from tests.support.doc_commands import README, under
from tests.support.process import wait_until
from tests.support.prometheus import scraping
from tests.support.scrape import fetch
from tests.support.shell import running

(SCRAPE,) = under("Run it", README, "yaml")


@pytest.fixture
def matomo(database: Database) -> Database:
    """Matomo's tables, with everything in them."""
    everything.load(database.connection)
    return database


def jobs(port: int) -> list[dict[str, Any]]:
    """The scrape configuration of README, for another port."""
    text = SCRAPE.code.replace('"localhost:16286"', f'"127.0.0.1:{port}"')
    assert str(port) in text
    found: list[dict[str, Any]] = yaml.safe_load(text)["scrape_configs"]
    return found


def test_its_commands_lead_to_figures_in_prometheus(matomo: Database, tmp_path: Path) -> None:
    login, pip = under("Run it", README)[:2]
    code = login.code.replace("HOST=db", "HOST=127.0.0.1").replace(
        "DBNAME=matomo", f"DBNAME={matomo.name}"
    )
    *commands, serve = f"{code}{pip.code}".splitlines()
    assert commands[-1].endswith("/matomo-archive-exporter check")
    port = free_port()
    variables = {
        "HOME": str(tmp_path),
        "MATOMO_DATABASE_PORT": str(matomo.server.port),
        "MATOMO_WEB_LISTEN_ADDRESS": f"127.0.0.1:{port}",
    }
    script = "\n".join([*commands, f"exec {serve}"])
    with running(script, f"{PASSWORD}\n", **variables):
        wait_until(lambda: is_up(port), "it serves figures")
        with scraping(tmp_path, jobs(port)) as prometheus:
            assert prometheus.values("matomo_up") == {"matomo": 1}


def is_up(port: int) -> bool:
    try:
        return "\nmatomo_up 1.0\n" in fetch(f"http://127.0.0.1:{port}/metrics").text
    except OSError:
        return False
