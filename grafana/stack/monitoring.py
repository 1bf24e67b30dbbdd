"""A Prometheus with the rules, and an Alertmanager with the example's routes, on this machine."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from grafana.alerts.rules import rule_file
from grafana.stack.server import Server

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / ".tools" / "prometheus" / "bin"
EXAMPLE = ROOT / "grafana" / "alertmanager"


@dataclass(frozen=True, slots=True)
class Watch:
    """The targets of Prometheus (host:port by job), and the interval between their scrapes.

    `settings` are the settings of the rules that differ from their defaults.
    """

    targets: Mapping[str, Sequence[str]]
    every: str
    settings: Mapping[str, str]


def prometheus(folder: Path, address: str, watch: Watch, alertmanager: str) -> Server:
    """A Prometheus with its data in `folder`; `address` and `alertmanager` are host:port."""
    (folder / "rules.yml").write_text(rule_file(watch.settings), encoding="utf-8")
    configuration = {
        "global": {
            "scrape_interval": watch.every,
            "scrape_timeout": watch.every,
            "evaluation_interval": watch.every,
        },
        "rule_files": ["rules.yml"],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]},
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": list(targets)}]}
            for job, targets in watch.targets.items()
        ],
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration), encoding="utf-8")
    command = (
        TOOLS / "prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'metrics'}",
        f"--web.listen-address={address}",
    )
    return Server(command, f"http://{address}", "/-/ready", folder / "prometheus.log")


def alertmanager(folder: Path, address: str, changes: Mapping[str, str]) -> Server:
    """An Alertmanager with the example, in which `changes` are made (such as an address)."""
    text = (EXAMPLE / "alertmanager.yml").read_text(encoding="utf-8")
    for old, new in changes.items():
        text = text.replace(old, new)
    (folder / "alertmanager.yml").write_text(text, encoding="utf-8")
    shutil.copy(EXAMPLE / "matomo.tmpl", folder)
    command = (
        TOOLS / "alertmanager",
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={folder / 'silences'}",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",  # alone
    )
    return Server(command, f"http://{address}", "/-/ready", folder / "alertmanager.log")
