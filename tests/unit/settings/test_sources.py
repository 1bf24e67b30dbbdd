"""Which source wins: flag, environment variable, config.ini.php, default."""

from collections.abc import Callable
from pathlib import Path

import pytest

from matomo_archive_exporter.settings.settings import Settings
from matomo_archive_exporter.settings.sources import SettingsError
from tests.support.settings import Load

SAMPLE = Path(__file__).parents[2] / "samples" / "config.ini.php"

CONFIG_INI = """\
; <?php exit; ?> DO NOT REMOVE THIS LINE
[database]
host = "ini-host"
username = "ini-user"
password = "ini-password"
dbname = "ini-db"
tables_prefix = "ini_"
port = 3399
adapter = "MYSQLI"
[General]
archive_failure_recovery_timeout = 7200
rearchive_reports_in_past_last_n_months = "last3"
rearchive_reports_in_past_exclude_segments = 1
"""


def password(settings: Settings) -> str | None:
    secret = settings.database.password
    return None if secret is None else secret.get_secret_value()


# Precedence


def test_the_default_holds_where_nothing_is_said(settings: Load) -> None:
    assert settings("--database.username=u").database.host == "127.0.0.1"


def test_config_ini_beats_the_default(settings: Load, ini: Callable[[str], str]) -> None:
    assert settings(ini(CONFIG_INI)).database.host == "ini-host"


def test_a_variable_beats_config_ini(settings: Load, ini: Callable[[str], str]) -> None:
    got = settings(ini(CONFIG_INI), MATOMO_DATABASE_HOST="env-host")
    assert (got.database.host, got.database.port) == ("env-host", 3399)


def test_a_flag_beats_a_variable_and_config_ini(settings: Load, ini: Callable[[str], str]) -> None:
    flags = (ini(CONFIG_INI), "--database.host=flag-host")
    assert settings(*flags, MATOMO_DATABASE_HOST="env-host").database.host == "flag-host"


def test_a_flag_beats_a_variable_in_every_group(settings: Load) -> None:
    got = settings(
        "--database.username=u", "--archiver.concurrent-requests=1", "--collect.interval=1m",
        "--web.telemetry-path=/flag", "--log.level=debug",
        MATOMO_DATABASE_USERNAME="env", MATOMO_ARCHIVER_CONCURRENT_REQUESTS="2",
        MATOMO_COLLECT_INTERVAL="2m", MATOMO_WEB_TELEMETRY_PATH="/env", MATOMO_LOG_LEVEL="error",
    )  # fmt: skip
    assert got.database.username == "u"
    assert got.archiver.concurrent_requests == 1
    assert (got.collect.interval, got.web.telemetry_path) == (60, "/flag")
    assert got.log.level == "debug"


def test_sources_add_up_within_a_group(settings: Load) -> None:
    got = settings("--database.username=u", MATOMO_DATABASE_DBNAME="d").database
    assert (got.username, got.dbname, got.tables_prefix) == ("u", "d", "matomo_")


def test_config_ini_may_be_named_by_a_variable(settings: Load) -> None:
    database = settings(MATOMO_CONFIG_INI=str(SAMPLE)).database
    assert (database.username, database.dbname, database.port) == ("matomo", "m520", 33161)


def test_config_ini_fills_the_database_and_the_archiver(
    settings: Load, ini: Callable[[str], str]
) -> None:
    got = settings(ini(CONFIG_INI))
    assert (got.database.tables_prefix, got.database.adapter) == ("ini_", "MYSQLI")
    assert password(got) == "ini-password"
    assert got.archiver.failure_recovery_timeout == 7200
    assert got.archiver.rearchive_last_n_months == 3
    assert got.archiver.rearchive_exclude_segments is True


def test_values_of_config_ini_count_as_given(settings: Load, ini: Callable[[str], str]) -> None:
    assert "tables_prefix" in settings(ini(CONFIG_INI)).database.model_fields_set
    assert "tables_prefix" not in settings("--database.username=u").database.model_fields_set


# Both forms of a secret


def test_a_password_by_flag_beats_a_password_file_by_variable(settings: Load) -> None:
    got = settings(
        "--database.username=u", "--database.password=p", MATOMO_DATABASE_PASSWORD_FILE="/file"
    )
    assert (password(got), got.database.password_file) == ("p", None)


def test_a_password_file_by_flag_beats_a_password_by_variable(settings: Load) -> None:
    got = settings(
        "--database.username=u", "--database.password-file=/file", MATOMO_DATABASE_PASSWORD="p"
    )
    assert (password(got), got.database.password_file) == (None, Path("/file"))


@pytest.mark.parametrize("field", ["host", "username", "password", "dbname"])
def test_a_file_by_variable_beats_the_value_in_config_ini(
    settings: Load, ini: Callable[[str], str], field: str
) -> None:
    got = settings(ini(CONFIG_INI), **{f"MATOMO_DATABASE_{field.upper()}_FILE": "/file"}).database
    assert getattr(got, f"{field}_file") == Path("/file")
    assert field not in got.model_fields_set


@pytest.mark.parametrize("field", ["host", "username", "password", "dbname"])
def test_both_forms_in_the_environment_are_an_error(settings: Load, field: str) -> None:
    variable = f"MATOMO_DATABASE_{field.upper()}"
    with pytest.raises(SettingsError) as error:
        settings(**{variable: "S3cr3t", f"{variable}_FILE": "/S3cr3t"})
    assert str(error.value) == f"{variable} and {variable}_FILE: set one, not both"


def test_both_forms_on_the_command_line_are_an_error(settings: Load) -> None:
    with pytest.raises(SettingsError) as error:
        settings("--database.password=S3cr3t", "--database.password-file=/S3cr3t")
    names = "--database.password and --database.password-file"
    assert str(error.value) == f"{names}: set one, not both"


# A socket or an address


SOCKET_INI = "[database]\nusername = u\nunix_socket = /run/mysqld.sock\n"


@pytest.mark.parametrize("flag", ["--database.host=h", "--database.port=3307"])
def test_an_address_by_flag_beats_a_socket_in_config_ini(
    settings: Load, ini: Callable[[str], str], flag: str
) -> None:
    assert settings(ini(SOCKET_INI)).database.unix_socket == Path("/run/mysqld.sock")
    assert settings(ini(SOCKET_INI), flag).database.unix_socket is None


@pytest.mark.parametrize("variable", ["MATOMO_DATABASE_HOST", "MATOMO_DATABASE_HOST_FILE"])
def test_a_host_by_variable_beats_a_socket_in_config_ini(
    settings: Load, ini: Callable[[str], str], variable: str
) -> None:
    assert settings(ini(SOCKET_INI), **{variable: "h"}).database.unix_socket is None


def test_a_host_by_flag_beats_a_socket_by_variable(settings: Load) -> None:
    flags = ("--database.username=u", "--database.host=h")
    assert settings(*flags, MATOMO_DATABASE_UNIX_SOCKET="/s").database.unix_socket is None


def test_a_socket_by_flag_beats_an_address_below(settings: Load, ini: Callable[[str], str]) -> None:
    flags = (ini(CONFIG_INI), "--database.unix-socket=/s")
    database = settings(*flags, MATOMO_DATABASE_HOST="env-host").database
    assert database.unix_socket == Path("/s")
    assert not database.model_fields_set & {"host", "port"}


# Variables of others


def test_php_memory_limit_is_the_memory_limit(settings: Load) -> None:
    got = settings("--database.username=u", PHP_MEMORY_LIMIT="256M").archiver
    assert got.memory_limit == 256 * 1024**2
    assert "memory_limit" in got.model_fields_set


def test_without_any_variable_the_memory_limit_counts_as_assumed(settings: Load) -> None:
    got = settings("--database.username=u").archiver
    assert got.memory_limit == 128 * 1024**2
    assert "memory_limit" not in got.model_fields_set


def test_our_variable_beats_php_memory_limit(settings: Load) -> None:
    variables = {"PHP_MEMORY_LIMIT": "256M", "MATOMO_ARCHIVER_MEMORY_LIMIT": "1G"}
    assert settings("--database.username=u", **variables).archiver.memory_limit == 1024**3


def test_a_flag_beats_php_memory_limit(settings: Load) -> None:
    flags = ("--database.username=u", "--archiver.memory-limit=-1")
    assert settings(*flags, PHP_MEMORY_LIMIT="256M").archiver.memory_limit is None


@pytest.mark.parametrize("address", ["tcp://10.0.0.7:3306", "udp://[fd00::7]:53"])
def test_the_port_that_kubernetes_injects_for_a_service_is_ignored(
    settings: Load, address: str
) -> None:
    got = settings("--database.username=u", MATOMO_DATABASE_PORT=address)
    assert got.database.port == 3306


def test_listen_addresses_are_separated_by_commas_in_the_environment(settings: Load) -> None:
    got = settings("--database.username=u", MATOMO_WEB_LISTEN_ADDRESS="127.0.0.1:1,[::1]:2")
    assert [str(address) for address in got.web.listen_address] == ["127.0.0.1:1", "[::1]:2"]


def test_listen_addresses_by_flag_replace_those_of_the_environment(settings: Load) -> None:
    flags = ("--web.listen-address=:3", "--web.listen-address", "[::1]:4")
    got = settings("--database.username=u", *flags, MATOMO_WEB_LISTEN_ADDRESS=":1,:2")
    assert [str(address) for address in got.web.listen_address] == [":3", "[::1]:4"]


# A config.ini.php that cannot be read


def test_a_broken_line_is_named_and_not_shown(
    settings: Load, ini: Callable[[str], str], tmp_path: Path
) -> None:
    with pytest.raises(SettingsError) as error:
        settings(ini('[database]\npassword = "S3cr3t\n'))
    assert str(error.value).startswith(f"--config-ini: {tmp_path}/config.ini.php: line 2: ")
    assert "S3cr3t" not in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_named_with_the_option_that_named_it(
    settings: Load, tmp_path: Path
) -> None:
    missing = f"{tmp_path}/none.php"
    with pytest.raises(SettingsError) as by_flag:
        settings("--config-ini", missing)
    with pytest.raises(SettingsError) as by_variable:
        settings(MATOMO_CONFIG_INI=missing)
    assert str(by_flag.value) == f"--config-ini: {missing}: No such file or directory"
    assert str(by_variable.value) == f"MATOMO_CONFIG_INI: {missing}: No such file or directory"


def test_a_folder_is_no_config_ini(settings: Load, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^--config-ini: /[^\n]+: Is a directory$"):
        settings("--config-ini", str(tmp_path))


def test_a_file_that_is_not_utf_8_is_read_all_the_same(settings: Load, tmp_path: Path) -> None:
    (tmp_path / "i.php").write_bytes(b"; caf\xe9\n[database]\nusername = u\n")
    assert settings("--config-ini", f"{tmp_path}/i.php").database.username == "u"


def test_a_bad_value_in_config_ini_is_blamed_on_it(
    settings: Load, ini: Callable[[str], str]
) -> None:
    with pytest.raises(SettingsError) as error:
        settings(ini("[database]\nusername = u\nport = S3cr3t\n"))
    assert str(error.value).startswith("--database.port (from --config-ini): ")
    assert "S3cr3t" not in str(error.value)
