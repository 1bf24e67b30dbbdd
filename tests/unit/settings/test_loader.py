"""Errors and warnings that a person can act on, and that never repeat a value."""

import os
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.settings.loader import all_options, load, unknown_variables
from matomo_archive_exporter.settings.settings import Settings
from matomo_archive_exporter.settings.sources import SettingsError
from matomo_archive_exporter.settings.table import Option
from tests.support.settings import load_settings, set_environment

SECRET = "S3cr3t-0f-m1ne"
USERNAME = {"username": "u"}

FLAGS = [option for option in all_options() if option.flag]
# Secrets in wrong places; the port takes the last one for the address of a Service.
SHAPES = [SECRET, f"-{SECRET}", f"{SECRET}:1,{SECRET}", f"[{SECRET}]:x", f"%{SECRET}{{0}}"]


def fault(monkeypatch: pytest.MonkeyPatch, *arguments: str, **environ: str) -> str:
    """The error that these arguments and variables are."""
    with pytest.raises(SettingsError) as error:
        load_settings(monkeypatch, *arguments, **environ)
    return str(error.value)


# Values


@pytest.mark.parametrize(
    ("name", "value", "fix"),
    [
        ("database.port", "0", "greater than or equal to 1"),
        ("database.port", "mysql", "integer"),
        ("database.tables-prefix", "a`b", "takes letters, digits"),
        ("database.adapter", "pgsql", "MYSQLI"),
        ("database.ssl-mode", "on", "'disabled', 'preferred', 'required' or 'verify'"),
        ("database.connect-timeout", "5 minutes", "500ms, 30s, 5m or 1h"),
        ("archiver.concurrent-requests", "0", "greater than or equal to 1"),
        ("archiver.max-archives-to-process", "-1", "greater than or equal to 0"),
        ("archiver.archives-per-hour", "0", "greater than 0"),
        ("archiver.memory-limit", "lots", "256M or 2G, or -1"),
        ("archiver.rearchive-exclude-segments", "perhaps", "boolean"),
        ("collect.interval", "0", "500ms, 30s, 5m or 1h"),
        ("collect.duty-cycle", "1.5", "less than or equal to 1"),
        ("collect.duty-cycle", "nan", "less than or equal to 1"),
        ("collect.duty-cycle", "0", "greater than 0"),
        ("collect.forecast-max-rows", "0", "greater than or equal to 1"),
        ("collect.top-reports", "201", "less than or equal to 200"),
        ("collect.top-sites", "-1", "greater than or equal to 0"),
        ("web.listen-address", "16286", "host:port, [address]:port or :port"),
        ("web.telemetry-path", "metrics", "such as /metrics"),
        ("web.telemetry-path", "/", "such as /metrics"),
        ("web.external-url", "exporter.example.org", "takes an address such as"),
        ("web.external-url", "https://me:secret@example.org", "without a login"),
        ("log.level", "loud", "'debug', 'info', 'warning' or 'error'"),
        ("log.format", "xml", "'logfmt' or 'json'"),
    ],
)
def test_a_bad_value_is_one_line_with_the_option_where_it_was_given_and_the_fix(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, fix: str
) -> None:
    variable = f"MATOMO_{name}".upper().replace(".", "_").replace("-", "_")
    by_flag = fault(monkeypatch, f"--{name}={value}", "--database.username=u")
    by_variable = fault(monkeypatch, "--database.username=u", **{variable: value})
    assert by_flag.startswith(f"--{name}: ")
    assert by_variable.startswith(variable)
    assert all(fix in text and "\n" not in text for text in (by_flag, by_variable))


def test_our_variable_is_named_when_it_is_what_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    variables = {"PHP_MEMORY_LIMIT": "256M", "MATOMO_ARCHIVER_MEMORY_LIMIT": "lots"}
    text = fault(monkeypatch, "--database.username=u", **variables)
    assert text.startswith("MATOMO_ARCHIVER_MEMORY_LIMIT: ")


def test_the_flag_is_named_where_a_variable_gives_the_option_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = fault(monkeypatch, "--collect.interval=never", MATOMO_COLLECT_INTERVAL="1m")
    assert text.startswith("--collect.interval: ")


def test_every_fault_has_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = fault(monkeypatch, "--log.level=loud", MATOMO_DATABASE_PORT="99999").splitlines()
    assert [line.partition(":")[0] for line in lines] == ["MATOMO_DATABASE_PORT", "--log.level"]


# What cannot work


def test_a_missing_username_is_asked_for_with_every_way_to_give_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = fault(monkeypatch)
    assert text.startswith("--database.username is missing")
    assert "MATOMO_DATABASE_USERNAME" in text
    assert "--config-ini" in text


def test_a_username_file_is_a_username(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load_settings(monkeypatch, MATOMO_DATABASE_USERNAME_FILE="/file")
    assert loaded.settings.database.username is None


def test_without_a_database_no_username_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    set_environment(monkeypatch, {})
    assert load({}, os.environ, needs_database=False).settings.database.username is None


def test_an_empty_web_config_file_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """As compose files and unit files leave it."""
    loaded = load_settings(monkeypatch, "--database.username=u", MATOMO_WEB_CONFIG_FILE="")
    assert loaded.settings.web.config_file is None


@pytest.mark.parametrize("lonely", ["--database.ssl-cert=/c", "--database.ssl-key=/k"])
def test_a_client_certificate_needs_its_key(monkeypatch: pytest.MonkeyPatch, lonely: str) -> None:
    assert "set both" in fault(monkeypatch, "--database.username=u", lonely)


# Variables that look like the exporter's


def test_an_unknown_variable_is_warned_of_with_the_nearest_name() -> None:
    environ = {"MATOMO_DATABASE_PASWORD": SECRET, "PATH": "/bin", "MATOMO_LOG_LEVEL": "info"}
    assert list(unknown_variables(environ)) == [
        "MATOMO_DATABASE_PASWORD: unknown variable; did you mean MATOMO_DATABASE_PASSWORD?"
    ]


def test_an_unknown_variable_that_is_near_to_none_is_warned_of_without_a_name() -> None:
    assert list(unknown_variables({"MATOMO_Q": SECRET})) == ["MATOMO_Q: unknown variable"]


@pytest.mark.parametrize("name", ["MATOMO_DATABASE_ENABLE_SSL", "MATOMO_GENERAL_SALT"])
def test_a_name_that_is_not_like_it_is_no_hint(name: str) -> None:
    assert list(unknown_variables({name: "1"})) == [f"{name}: unknown variable"]


def test_each_unknown_variable_is_warned_of_once(monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = {"MATOMO_DATABASE_TABLES": SECRET, "MATOMO_COLLECT_INTERVALL": SECRET}
    warnings = load_settings(monkeypatch, "--database.username=u", **unknown).warnings
    assert [line.partition(":")[0] for line in warnings] == sorted(unknown)
    assert SECRET not in "".join(warnings)


@pytest.mark.parametrize(
    "name",
    ["MATOMO_DATABASE_PORT", "MATOMO_DATABASE_PORT_3306_TCP", "MATOMO_DATABASE_PORT_3306_TCP_ADDR",
     "MATOMO_DATABASE_SERVICE_HOST", "MATOMO_DATABASE_SERVICE_PORT", "MATOMO_PORT",
     "MATOMO_DATABASE_SERVICE_PORT_MYSQL", "MATOMO_WEB_PORT_80_TCP_PROTO"],
)  # fmt: skip
def test_variables_that_kubernetes_injects_are_not_warned_of(name: str) -> None:
    assert list(unknown_variables({name: "tcp://10.0.0.7:3306"})) == []


def test_no_variable_of_the_exporter_is_warned_of() -> None:
    assert list(unknown_variables({option.variable: "" for option in all_options()})) == []


# Secrets


def another_fault(option: Option) -> str:
    """Force an error, to look into it."""
    return "--log.format=x" if option.flag == "--log.level" else "--log.level=x"


@pytest.mark.parametrize("value", SHAPES)
def test_no_error_repeats_the_value_of_a_flag(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    for option in FLAGS:
        text = fault(monkeypatch, f"{option.flag}={value}", another_fault(option))
        assert SECRET not in text, option.flag


@pytest.mark.parametrize("value", [*SHAPES, f"tcp://{SECRET}"])
def test_no_error_repeats_the_value_of_a_variable(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    for option in all_options():
        text = fault(monkeypatch, another_fault(option), **{option.variable: value})
        assert SECRET not in text, option.variable


@given(st.sampled_from(FLAGS), st.text(st.characters(exclude_characters="\0", codec="utf-8")))
def test_no_error_repeats_any_text_at_all(option: Option, text: str) -> None:
    secret = f"<{text}>"
    other = {"log": {"level": "x"}} if option.group != "log" else {"web": {"telemetry_path": "x"}}
    given_values = (
        {option.group: {option.field: secret}} if option.group else {option.field: secret}
    )
    with pytest.raises(SettingsError) as error:
        load(other | given_values, {})
    assert secret not in str(error.value)


def test_settings_are_shown_without_the_password() -> None:
    settings = Settings(database={"password": SECRET, **USERNAME})
    assert SECRET not in f"{settings!r} {settings} {settings.database}"
    assert settings.database.password is not None
    assert settings.database.password.get_secret_value() == SECRET


@pytest.mark.parametrize(
    ("flags", "what"),
    [
        ({"web": {"telemetry_path": "/advice"}}, "--web.telemetry-path: /advice is taken"),
        (
            {"web": {"telemetry_path": "/-/ready"}},
            "--web.telemetry-path: paths below /-/ are taken",
        ),
        ({"collect": {"max_age": "60s"}}, "--collect.max-age: takes a time longer than"),
        (
            {"collect": {"max_age": "5s", "interval": "1m"}},
            "--collect.max-age: takes a time longer",
        ),
    ],
)
def test_values_that_cannot_go_together_are_refused(flags: dict[str, Any], what: str) -> None:
    with pytest.raises(SettingsError, match=what):
        load({"database": {"username": "u"}} | flags, {})


# Variables that are there, and empty


@pytest.mark.parametrize("option", all_options(), ids=lambda option: option.variable)
def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch, option: Option) -> None:
    unset = load_settings(monkeypatch, "--database.username=u").settings
    empty = load_settings(monkeypatch, "--database.username=u", **{option.variable: ""}).settings
    if option.field == "tables_prefix":
        assert empty.database.tables_prefix == ""
    else:
        assert empty == unset
        assert getattr(empty, option.group or "web") == getattr(unset, option.group or "web")


def test_an_empty_php_memory_limit_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(monkeypatch, "--database.username=u", PHP_MEMORY_LIMIT="").settings
    assert "memory_limit" not in settings.archiver.model_fields_set


@pytest.mark.parametrize(
    ("text", "limit"),
    [("256M", 256 * 1024**2), ("2048", 128 * 1024**2), ("lots", 128 * 1024**2), ("-1", None)],
)
def test_php_memory_limit_is_taken_as_php_takes_it(
    monkeypatch: pytest.MonkeyPatch, text: str, limit: int | None
) -> None:
    """It belongs to PHP: the exporter starts with any value."""
    settings = load_settings(monkeypatch, "--database.username=u", PHP_MEMORY_LIMIT=text).settings
    assert settings.archiver.memory_limit == limit
    assert "memory_limit" in settings.archiver.model_fields_set


def test_an_empty_file_variable_beside_the_value_is_no_second_form(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    variables = {"MATOMO_DATABASE_PASSWORD": "pw", "MATOMO_DATABASE_PASSWORD_FILE": ""}
    settings = load_settings(monkeypatch, "--database.username=u", **variables).settings
    assert settings.database.password is not None
    assert settings.database.password.get_secret_value() == "pw"


def test_an_empty_web_config_file_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def warnings(*arguments: str) -> tuple[str, ...]:
        empty = {"MATOMO_WEB_CONFIG_FILE": ""}
        return load_settings(monkeypatch, "--database.username=u", *arguments, **empty).warnings

    (message,) = warnings()
    assert "asks for no password" in message
    assert warnings("--web.config.file=/etc/web.yml") == ()
