"""Addresses, variables and config.ini.php as people have them."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from matomo_archive_exporter.settings.sources import SettingsError
from tests.support.command_lines import SAMPLES
from tests.support.settings import Load

# Where the database is


@pytest.mark.parametrize("host", ["db:3307", "[::1]:3307", "192.0.2.1:3307"])
def test_a_host_may_bring_its_port(settings: Load, host: str) -> None:
    by_flag = settings(f"--database.host={host}", "--database.username=u").database
    by_variable = settings("--database.username=u", MATOMO_DATABASE_HOST=host).database
    assert (by_flag.host, by_flag.port) == (by_variable.host, by_variable.port)
    assert (by_flag.host, by_flag.port) == (host.rpartition(":")[0].strip("[]"), 3307)


@pytest.mark.parametrize("host", ["/run/x.sock", "localhost:/run/x.sock"])
def test_a_host_may_be_a_socket(settings: Load, host: str) -> None:
    database = settings("--database.username=u", MATOMO_DATABASE_HOST=host).database
    assert database.unix_socket == Path("/run/x.sock")
    assert settings("--database.username=u", f"--database.host={host}").database == database


def test_a_port_of_a_host_beats_those_below(settings: Load, ini: Callable[[str], str]) -> None:
    text = "[database]\nhost = ini\nport = 3399\nusername = u"
    assert settings(ini(text), MATOMO_DATABASE_HOST="db:3307").database.port == 3307
    by_flag = settings(ini(text), "--database.port=3308", MATOMO_DATABASE_HOST="db:3307").database
    assert (by_flag.host, by_flag.port) == ("db", 3308)


@pytest.mark.parametrize(
    "given",
    [
        {"MATOMO_DATABASE_HOST": "db:3307", "MATOMO_DATABASE_PORT": "3308"},
        {"MATOMO_DATABASE_HOST": "/run/a.sock", "MATOMO_DATABASE_UNIX_SOCKET": "/run/b.sock"},
    ],
)
def test_two_ports_or_sockets_in_one_source_are_refused(
    settings: Load, given: dict[str, str]
) -> None:
    with pytest.raises(SettingsError, match=r"both name a (port|socket)"):
        settings("--database.username=u", **given)


@pytest.mark.parametrize(
    "host", ["mysql://user:S3cr3t@db:3307/matomo", "user:S3cr3t@db", "db:S3cr3t", "db/S3cr3t"]
)
def test_an_address_that_may_hold_a_password_is_refused_and_not_shown(
    settings: Load, host: str
) -> None:
    with pytest.raises(SettingsError, match=r"^MATOMO_DATABASE_HOST: takes") as error:
        settings("--database.username=u", MATOMO_DATABASE_HOST=host)
    assert "S3cr3t" not in str(error.value)


# Configuration as people have it


def sample(name: str) -> str:
    return f"--config-ini={SAMPLES}/public/{name}.ini.php"


def test_variables_in_config_ini_are_those_of_the_environment(settings: Load) -> None:
    given = {"DB_HOST": "db", "DB_USER": "u", "DB_PASSWORD": "p", "DB_DATABASE": "m"}
    database = settings(sample("ini-betagouv"), **given, DB_PORT="3307").database
    assert (database.host, database.port, database.username) == ("db", 3307, "u")
    assert (database.dbname, database.tables_prefix) == ("m", "matomo_")


@pytest.mark.parametrize(
    ("line", "option"),
    [
        ("host = ${NAME}:3399", "host"),
        ("host = db:${NAME}", "host"),
        ("port = 33x${NAME}", "port"),
        ("adapter = pgsql${NAME}", "adapter"),
    ],
)
def test_a_variable_that_is_not_set_is_named_where_the_value_is_bad(
    settings: Load, ini: Callable[[str], str], line: str, option: str
) -> None:
    name = re.escape(f"--database.{option} (from --config-ini): ${{NAME}} is not set")
    with pytest.raises(SettingsError, match=f"^{name} in the environment$"):
        settings(ini(f"[database]\nusername = u\n{line}"))


def test_config_ini_is_not_read_for_options_given_elsewhere(
    settings: Load, ini: Callable[[str], str]
) -> None:
    text = "[database]\nhost = !1\nusername = !1\npassword = !1\nport = !1\n"
    general = "[General]\narchive_failure_recovery_timeout = !1"
    flags = ["--database.host=h", "--database.username=u", "--database.password-file=/p"]
    flags += ["--database.port=1", "--archiver.failure-recovery-timeout=1h"]
    assert settings(ini(text + general), *flags).database.host == "h"


def test_ipv6_is_in_brackets_in_config_ini(settings: Load) -> None:
    database = settings(sample("ini-ipv6")).database
    assert (database.host, database.port) == ("::1", 13399)


def test_the_port_beside_localhost_in_config_ini_is_none(
    settings: Load, ini: Callable[[str], str]
) -> None:
    text = "[database]\nusername = u\nhost = localhost\nport = 3306"
    assert "port" not in settings(ini(text)).database.model_fields_set
    assert "port" in settings(ini(text), MATOMO_DATABASE_PORT="3306").database.model_fields_set


def test_the_adapter_of_wordpress_is_mysqli(settings: Load) -> None:
    assert settings(sample("ini-mwp")).database.adapter == "MYSQLI"
    assert settings(sample("ini-mwp"), "--database.adapter=mysql").database.adapter != "MYSQLI"


def test_a_folder_of_authorities_verifies(settings: Load) -> None:
    database = settings(sample("ini-ssl-ca-path")).database
    assert (database.ssl_mode, database.ssl_ca) == ("verify", Path("/etc/ssl/certs"))


def test_a_config_ini_that_is_no_file_is_not_waited_for(settings: Load, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(
        SettingsError, match=r"--config-ini: .*/fifo: not a regular file but a pipe"
    ):
        settings(f"--config-ini={tmp_path}/fifo")


def test_a_config_ini_of_any_length_fills_no_memory(settings: Load, tmp_path: Path) -> None:
    with (tmp_path / "long").open("wb") as file:
        file.truncate(300 * 1024**2)
    with pytest.raises(SettingsError, match=r"/long: longer than 4096 KiB"):
        settings(f"--config-ini={tmp_path}/long")
