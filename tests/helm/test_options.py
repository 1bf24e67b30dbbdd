"""Every option of the exporter can be set in the chart, by the same name."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from matomo_archive_exporter.settings.loader import all_options, load
from matomo_archive_exporter.settings.table import Option
from tests.support.helm import CASES, CHART, Manifest, of_kind, render, template

Values = dict[str, Any]

DEFAULTS: Values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
GROUPS = ("database", "archiver", "collect", "web", "log")
# Options that the chart has otherwise than as a value of their name, and why.
OTHERWISE: Mapping[str, str] = {
    "MATOMO_CONFIG_INI": "configIni mounts the file",
    "MATOMO_DATABASE_HOST_FILE": "database.hostKey is a key of a mounted Secret",
    "MATOMO_DATABASE_USERNAME_FILE": "database.usernameKey, likewise",
    "MATOMO_DATABASE_DBNAME_FILE": "database.dbnameKey, likewise",
    "MATOMO_DATABASE_PASSWORD": "database.password becomes a Secret and is read as a file",
    "MATOMO_DATABASE_SSL_MODE": "database.tls.mode",
    "MATOMO_DATABASE_SSL_CA": "database.tls mounts the file",
    "MATOMO_DATABASE_SSL_CERT": "database.tls, likewise",
    "MATOMO_DATABASE_SSL_KEY": "database.tls, likewise",
}
# Values of these groups that are no options: what is mounted, and from where.
CHARTS_OWN = {
    "database": {"existingSecret", "passwordKey", "usernameKey", "hostKey", "dbnameKey"}
    | {"password", "tls"},
    "web": {"config", "existingSecret", "existingSecretKey", "tls"},
    "archiver": {"logClaim"},
}
# For each option a value that is not its default, as people write it, and how the exporter gets it.
CHOSEN: Mapping[str, tuple[object, str]] = {
    "database.host": ("db.example.org", "db.example.org"),
    "database.port": (3307, "3307"),
    "database.unixSocket": ("/run/mysqld.sock", "/run/mysqld.sock"),
    "database.username": ("exporter", "exporter"),
    "database.passwordFile": ("/vault/password", "/vault/password"),
    "database.dbname": ("analytics", "analytics"),
    "database.tablesPrefix": ("", ""),
    "database.adapter": ("PDO\\MYSQL", "PDO\\MYSQL"),
    "database.connectTimeout": ("500ms", "500ms"),
    "database.statementTimeout": (20, "20"),
    "archiver.memoryLimit": (-1, "-1"),
    "archiver.concurrentRequests": (1, "1"),
    "archiver.maxArchivesToProcess": (3_000_000, "3000000"),
    "archiver.stopProcessingAfter": (0, "0"),
    "archiver.archivesPerHour": (0.5, "0.5"),
    "archiver.failureRecoveryTimeout": ("12h", "12h"),
    "archiver.rearchiveLastNMonths": (0, "0"),
    "archiver.rearchiveExcludeSegments": (True, "true"),
    "archiver.logFile": ("/logs/archive.log", "/logs/archive.log"),
    "archiver.procPath": ("/host/proc", "/host/proc"),
    "collect.interval": (90.5, "90.5"),
    "collect.dutyCycle": (0.00001, "1e-05"),
    "collect.maxAge": ("1h", "1h"),
    "collect.forecastMaxRows": (5_000_000, "5000000"),
    "collect.topReports": (0, "0"),
    "collect.topSites": (1000, "1000"),
    "web.listenAddress": ("[::]:9000,127.0.0.1:9001", "[::]:9000,127.0.0.1:9001"),
    "web.telemetryPath": ("/queue", "/queue"),
    "web.externalUrl": ("https://exporter.example.org", "https://exporter.example.org"),
    "web.configFile": ("/vault/web.yml", "/vault/web.yml"),
    "log.level": ("debug", "debug"),
    "log.format": ("json", "json"),
}

named = [option for option in all_options() if option.variable not in OTHERWISE]


def value_name(option: Option) -> str:
    """`--collect.duty-cycle` is `collect.dutyCycle`."""
    group, _, name = option.variable.removeprefix("MATOMO_").partition("_")
    first, *words = name.lower().split("_")
    return f"{group.lower()}.{first}{''.join(word.capitalize() for word in words)}"


def variables(manifests: list[Manifest]) -> dict[str, str]:
    """The environment of the exporter, secrets aside."""
    [deployment] = of_kind(manifests, "Deployment")
    exporter = deployment["spec"]["template"]["spec"]["containers"][0]
    return {one["name"]: one.get("value", "") for one in exporter["env"]}


def chosen(*names: str) -> Values:
    """Those values, and what the chart wants beside them."""
    values: Values = {"database": {"host": "db", "username": "u", "passwordFile": "/p"}}
    for name in names:
        group, _, key = name.partition(".")
        values.setdefault(group, {})[key] = CHOSEN[name][0]
    return values


def test_every_option_has_its_value_in_the_chart() -> None:
    names = {value_name(option) for option in named}
    values = {
        f"{group}.{key}"
        for group in GROUPS
        for key in DEFAULTS[group].keys() - CHARTS_OWN.get(group, set())
    }
    assert values == names
    assert set(CHOSEN) == names


def test_every_exception_of_the_chart_is_an_option() -> None:
    assert set(OTHERWISE) < {option.variable for option in all_options()}


def test_nothing_is_chosen_by_default() -> None:
    given = {name: DEFAULTS[name.split(".")[0]][name.split(".")[1]] for name in CHOSEN}
    assert given == dict.fromkeys(CHOSEN)


@pytest.mark.parametrize("option", named, ids=value_name)
def test_a_value_reaches_the_exporter_as_it_was_written(option: Option) -> None:
    name = value_name(option)
    assert variables(render(chosen(name)))[option.variable] == CHOSEN[name][1]


def test_the_exporter_understands_all_of_them_together(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = variables(render(chosen(*CHOSEN)))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    loaded = load({}, environment)
    assert loaded.warnings == ()
    assert loaded.settings.collect.forecast_max_rows == 5_000_000
    assert loaded.settings.web.listen_address[0].port == 9000


@pytest.mark.parametrize("values", CASES, ids=lambda path: path.stem)
def test_the_exporter_knows_every_variable_that_the_chart_gives_it(values: Path) -> None:
    environment = variables(render(values))
    known = {option.variable for option in all_options()}
    assert {name for name in environment if name.startswith("MATOMO_")} <= known
    assert set(environment) & known


def documented_defaults() -> Iterator[tuple[str, str]]:
    """Each value whose default is the exporter's, and what is said of it."""
    group = message = ""
    for line in (CHART / "values.yaml").read_text(encoding="utf-8").splitlines():
        if match := re.fullmatch(r"(\w+):", line):
            group = match[1]
        elif match := re.fullmatch(r"  # @default -- (.*)", line):
            message = match[1]
        elif (match := re.fullmatch(r"  (\w+): null", line)) and group in GROUPS:
            yield f"{group}.{match[1]}", message


def test_the_readme_tells_the_defaults_of_the_exporter() -> None:
    reported = dict(documented_defaults())
    expected = {value_name(option): option.default or "none" for option in named}
    expected["database.host"] = "none"  # 127.0.0.1 is the pod itself: the chart wants one
    expected["collect.maxAge"] = "10 intervals in force"
    assert reported == expected


@pytest.mark.parametrize(
    "given",
    [
        {"collect": {"interval": "1d"}},
        {"collect": {"dutyCycle": 0}},
        {"collect": {"topReports": 201}},
        {"archiver": {"memoryLimit": "256MB"}},
        {"archiver": {"concurrentRequests": 0}},
        {"archiver": {"logFile": "archive.log"}},
        {"database": {"port": 70000}},
        {"database": {"tablesPrefix": "a`b"}},
        {"database": {"adapter": "sqlite"}},
        {"database": {"tls": {"mode": "on"}}},
        {"web": {"listenAddress": "16286"}},
        {"web": {"listenAddress": ":99999"}},
        {"web": {"listenAddress": "bad,:9000"}},
        {"web": {"listenAddress": ":9000,"}},
        {"web": {"listenAddress": "::1:9000"}},
        {"web": {"telemetryPath": "metrics"}},
        {"log": {"level": "warn"}},
    ],
    ids=str,
)
def test_values_that_the_exporter_refuses_are_refused_before_the_installation(
    given: Values,
) -> None:
    [(group, _)] = given.items()
    values = chosen()
    values[group] = values.get(group, {}) | given[group]
    done = template(values)
    assert done.status != 0
    assert "don't meet the specifications of the schema" in done.err


SPELLINGS: Mapping[str, tuple[object, ...]] = {
    "web.listenAddress": (":1", ":65535", "localhost:9000", "192.0.2.1:80", "[::1]:9000, :9001"),
    "archiver.memoryLimit": ("256M", "256Mi", "2g", "134217728", 134217728, "-1", -1),
    "database.adapter": ("mysql", "PDO_MYSQL", "pdo\\mysql", "MYSQLI"),
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in SPELLINGS.items() for value in values]
)
def test_a_value_is_taken_in_every_way_that_the_exporter_has(name: str, value: object) -> None:
    (option,) = (one for one in named if value_name(one) == name)
    group, _, key = name.partition(".")
    values = chosen()
    values[group] = values.get(group, {}) | {key: value}
    assert variables(render(values))[option.variable] == str(value)
