"""The files for Prometheus, Alertmanager and Grafana, read by these programs if available."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.compose import usual
from tests.support.tools import prometheus_tool

PROMETHEUS = "/etc/prometheus/prometheus.yml"
DATASOURCES, PROVIDERS = (
    f"/etc/grafana/provisioning/{name}" for name in ("datasources", "dashboards")
)

# Of https://grafana.com/docs/grafana/latest/administration/provisioning/
DATASOURCE_KEYS = {
    *("name", "type", "uid", "access", "url", "orgId", "isDefault", "editable", "version"),
    *("user", "database", "basicAuth", "basicAuthUser", "withCredentials", "jsonData"),
    "secureJsonData",
}
PROVIDER_KEYS = {
    *("name", "orgId", "folder", "folderUid", "type", "disableDeletion", "editable"),
    *("updateIntervalSeconds", "allowUiUpdates", "options"),
}


@pytest.fixture
def seen(tmp_path: Path) -> Path:
    """A folder in which the files of Prometheus, Alertmanager and Grafana lie as they see them."""
    for service in ("prometheus", "alertmanager", "grafana"):
        for target, source in usual().files_at(service).items():
            place = tmp_path / target.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(source)
    return tmp_path


def yaml_at(seen: Path, path: str) -> Any:
    return yaml.safe_load((seen / path.lstrip("/")).read_text(encoding="utf-8"))


def only_file(seen: Path, folder: str) -> Any:
    (path,) = (seen / folder.lstrip("/")).iterdir()
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def checked(tool: str, *arguments: str | Path) -> str:
    command = [prometheus_tool(tool), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def flags(service: str) -> dict[str, str]:
    """The flags of a service's command."""
    command = usual().services[service]["command"]
    return dict(flag.removeprefix("--").split("=", 1) for flag in command)


@pytest.mark.parametrize("service", ["prometheus", "alertmanager"])
def test_every_flag_is_one_that_the_program_has(service: str) -> None:
    known = set(re.findall(r"--(?:\[no-])?([\w.-]+)", checked(service, "--help")))
    assert set(flags(service)) - known == set()


@pytest.mark.parametrize("service", ["prometheus", "alertmanager"])
def test_its_storage_is_on_its_volume(service: str) -> None:
    stores = {value for flag, value in flags(service).items() if flag.startswith("storage")}
    assert stores == {mount.target for mount in usual().mounts(service) if mount.is_volume}


def test_prometheus_reads_its_configuration_and_the_rules(seen: Path) -> None:
    output = checked("promtool", "check", "config", seen / PROMETHEUS.lstrip("/"))
    (count,) = re.findall(r"SUCCESS: (\d+) rules found", output)
    assert int(count) > 20
    assert flags("prometheus")["config.file"] == PROMETHEUS


def test_prometheus_scrapes_the_exporter_and_tells_alertmanager(seen: Path) -> None:
    configuration = yaml_at(seen, PROMETHEUS)
    (scrape,) = configuration["scrape_configs"]
    assert [each["targets"] for each in scrape["static_configs"]] == [["exporter:16286"]]
    (alertmanager,) = configuration["alerting"]["alertmanagers"]
    assert [each["targets"] for each in alertmanager["static_configs"]] == [["alertmanager:9093"]]
    for target in ("exporter:16286", "alertmanager:9093"):
        name, port = target.split(":")
        (published,) = usual().services[name]["ports"]
        assert str(published["target"]) == port


def test_alertmanager_reads_the_example_and_its_templates(seen: Path) -> None:
    output = checked(
        "amtool", "check-config", seen / flags("alertmanager")["config.file"].lstrip("/")
    )
    assert "SUCCESS" in output
    assert "1 templates" in output


def test_its_messages_go_where_the_receiver_listens(seen: Path) -> None:
    example = seen / flags("alertmanager")["config.file"].lstrip("/")
    places = set(re.findall(r"https?://([^/\s]+)", example.read_text(encoding="utf-8")))
    (receiver,) = (
        source
        for source in usual().files_at("receiver").values()
        if source.parent.name == "compose"
    )
    (port,) = re.findall(r"^_PORT = (\d+)", receiver.read_text(encoding="utf-8"), re.MULTILINE)
    assert places == {f"localhost:{port}"}
    assert usual().services["receiver"]["network_mode"] == "service:alertmanager"


# Grafana


def test_the_data_source_is_the_prometheus_of_the_file(seen: Path) -> None:
    provisioned = only_file(seen, DATASOURCES)
    (source,) = provisioned["datasources"]
    assert provisioned["apiVersion"] == 1
    assert set(source) - DATASOURCE_KEYS == set()
    assert (source["type"], source["access"], source["isDefault"]) == ("prometheus", "proxy", True)
    assert source["url"] == "http://$PROMETHEUS"
    assert usual().environment("grafana")["PROMETHEUS"] == "prometheus:9090"
    (published,) = usual().services["prometheus"]["ports"]
    assert published["target"] == 9090
    scrapes = yaml_at(seen, PROMETHEUS)["global"]["scrape_interval"]
    assert source["jsonData"] == {"timeInterval": scrapes}


def test_the_dashboards_are_read_from_where_they_are_mounted(seen: Path) -> None:
    provisioned = only_file(seen, PROVIDERS)
    (provider,) = provisioned["providers"]
    assert provisioned["apiVersion"] == 1
    assert set(provider) - PROVIDER_KEYS == set()
    assert provider["type"] == "file"
    folder = seen / provider["options"]["path"].lstrip("/")
    boards = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    assert len({board["uid"] for board in boards}) == 3
    for board in boards:
        kinds = [
            each["query"] for each in board["templating"]["list"] if each["type"] == "datasource"
        ]
        assert kinds == ["prometheus"]


def test_the_first_thing_to_see_is_the_overview(seen: Path) -> None:
    home = usual().environment("grafana")["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert json.loads((seen / home.lstrip("/")).read_text())["uid"] == "matomo-archive-overview"


def test_every_visitor_can_view_and_no_account_exists() -> None:
    given = usual().environment("grafana")
    assert given["GF_AUTH_ANONYMOUS_ENABLED"] == "true"
    assert given["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"
    assert given["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"] == "true"
    assert given["GF_AUTH_DISABLE_LOGIN_FORM"] == "true"
    assert given["GF_AUTH_BASIC_ENABLED"] == "false"
