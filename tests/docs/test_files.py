"""The files that the docs show are what their programs take."""

from pathlib import Path

import pytest
import yaml

from matomo_archive_exporter.web.access.config import parse
from tests.support.compose import usual
from tests.support.doc_commands import DOCS, Block, blocks, pages, under
from tests.support.process import finish
from tests.support.tools import prometheus_tool

YAML = [(page, block) for page in pages() for block in blocks(page, "yaml")]
OF_PROMETHEUS = [
    block
    for _, block in YAML
    if {"scrape_configs", "rule_files"} & yaml.safe_load(block.code).keys()
]


@pytest.mark.parametrize("block", OF_PROMETHEUS, ids=lambda block: block.heading)
def test_prometheus_takes_its_configuration(block: Block, tmp_path: Path) -> None:
    path = tmp_path / "prometheus.yml"
    path.write_text(block.code, encoding="utf-8")
    done = finish([prometheus_tool("promtool"), "check", "config", "--syntax-only", path])
    assert done.status == 0, done.err


@pytest.mark.parametrize("heading", ["Use TLS and passwords", "Use client certificates"])
def test_the_exporter_takes_the_web_config_file(heading: str) -> None:
    (block,) = under(heading, DOCS / "web.md", "yaml")
    assert parse(block.code.encode()).tls_server_config


def test_commands_of_docker_compose_name_services() -> None:
    commands = [
        command
        for block in blocks(DOCS / "compose.md")
        for command in block.commands
        if command[:2] == ["docker", "compose"]
    ]
    named = {command[3 if command[3] != "-f" else 4] for command in commands if len(command) > 4}
    assert {"exporter", "archiver", "database", "receiver"} == named <= usual().services.keys()
