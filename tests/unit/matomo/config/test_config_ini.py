"""The file is read as Matomo reads it. Expected values are answers of PHP 8.2."""

import json
from html.entities import codepoint2name
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.config import html_entities
from matomo_archive_exporter.matomo.config.config_ini import (
    ConfigIniError,
    archiver_options,
    database_options,
    parse,
    remarks,
)

SAMPLES = Path(__file__).parents[3] / "samples"
PASSWORDS = [
    json.loads(line)
    for line in (SAMPLES / "password-variants.jsonl").read_text("utf-8").split("\n")
    if line
]


def database(*lines: str) -> dict[str, str]:
    return database_options(parse("\n".join(["[database]", *lines])))


def general(*lines: str) -> dict[str, str]:
    return archiver_options(parse("\n".join(["[General]", *lines])))


# Files that Matomo wrote


def test_a_file_that_matomo_wrote_gives_the_database_it_connects_to() -> None:
    config = parse((SAMPLES / "config.ini.php").read_text("utf-8"))
    assert database_options(config) == {
        "host": "127.0.0.1",
        "port": "33161",
        "username": "matomo",
        "password": "pä\"ss$w<o>rd'&#;",
        "dbname": "m520",
        "tables_prefix": "matomo_",
    }
    assert archiver_options(config) == {}


def test_a_file_without_tables_prefix_means_the_empty_prefix() -> None:
    config = parse((SAMPLES / "config-empty-prefix.ini.php").read_text("utf-8"))
    assert database_options(config)["tables_prefix"] == ""
    assert database_options(config)["dbname"] == "px0"


def test_a_list_is_read_in_its_order() -> None:
    config = parse((SAMPLES / "config.ini.php").read_text("utf-8"))
    plugins = config.sections["PluginsInstalled"]["PluginsInstalled"]
    assert len(plugins) == 66
    assert plugins[:2] == ("Diagnostics", "Login")
    assert config.sections["General"]["trusted_hosts"] == ("matomo.example.org",)


@pytest.mark.parametrize("password", PASSWORDS, ids=lambda password: repr(password["in"]))
def test_a_password_is_read_back_as_matomo_reads_it(password: dict[str, str]) -> None:
    assert database(password["line"])["password"] == str(password["read_back"])


def written_by_matomo(text: str) -> str:
    """Encode a value as Matomo 5.2.0 does: named entities once, and the dollar sign."""
    names = codepoint2name | {ord("$"): "#36"}
    return "".join(f"&{names[ord(c)]};" if ord(c) in names else c for c in text)


@given(st.text(st.characters(exclude_characters="\\\0")))
@example("amp&amp;lit")
def test_a_password_with_an_entity_is_decoded_twice(typed: str) -> None:
    line = f'password = "{written_by_matomo(typed)}"'
    assert database(line)["password"] == html_entities.decode(typed)


# Keys and sections


def test_of_equal_keys_the_last_one_counts() -> None:
    assert parse("p=1\np=2").sections[""] == {"p": "2"}
    assert parse("p[]=1\np=2").sections[""] == {"p": "2"}
    assert parse("p=1\np[]=2\np[x]=3").sections[""] == {"p": ("2", "3")}


def test_of_equal_sections_the_last_one_replaces_the_others() -> None:
    assert parse("[a]\np=1\n[b]\n[a]\nq=2").sections["a"] == {"q": "2"}


@pytest.mark.parametrize("worked_out", ["!1", "a|b", '"a"b"'])
def test_a_value_that_php_works_out_is_an_error_only_when_asked_for(worked_out: str) -> None:
    config = parse(f"[s]\nq=1\np = {worked_out}\nr=2")
    assert (config.text("s", "q"), config.text("s", "r")) == ("1", "2")
    with pytest.raises(ConfigIniError, match=r"^line 3: p in \[s\] is a PHP expression"):
        config.text("s", "p")


def test_a_list_where_one_value_belongs_is_an_error() -> None:
    with pytest.raises(ConfigIniError, match=r"^line 2: host in \[database\] is a list"):
        database("host[] = a")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('p = "a\\\nb"\r\nq = "secret', 'line 3: the double quote (") that opens the value'),
        ("\r\r; c\rq = 'secret", "line 4: the single quote (') that opens the value"),
        ("[s]\n= secret", "line 2: not [section], key = value or ; comment"),
        ("[secret", "line 1: not [section]"),
        ("p[secret]", "line 1: not [section]"),
        ('[s]\n"secret" = 1', "line 2: not [section]"),
    ],
)
def test_a_broken_file_names_the_line_and_no_value(text: str, message: str) -> None:
    with pytest.raises(ConfigIniError) as error:
        parse(text)
    assert str(error.value).startswith(message)
    assert "secret" not in str(error.value)


def test_a_file_shown_in_a_log_shows_no_value() -> None:
    assert "secret" not in repr(parse("[database]\npassword = secret"))


FRAGMENTS = st.sampled_from(
    [*"\\\"'=;[]{}$|&!\n\r\t \0a", "${", "[database]\n", "[General]\n", "password = ", "port="]
)


@given(st.text() | st.lists(FRAGMENTS, max_size=40).map("".join))
def test_nothing_but_our_error_is_ever_raised(text: str) -> None:
    try:
        config = parse(text)
        options = database_options(config) | archiver_options(config)
    except ConfigIniError as error:
        assert str(error).startswith("line ")  # noqa: PT017
    else:
        assert all(isinstance(option, str) for option in options.values())


@given(st.text(st.characters(exclude_characters="\r\n\"'\\$&;=\0")))
def test_an_error_never_contains_the_value(value: str) -> None:
    secret = f"<{value}>"
    for broken in (f'password = "{secret}', f"password = '{secret}", f"password = a | {secret}"):
        with pytest.raises(ConfigIniError) as error:
            database("host = h", broken)
        assert "line 3" in str(error.value)
        assert secret not in str(error.value)


# Options


def test_a_file_without_database_says_nothing_about_it() -> None:
    assert database_options(parse("[General]\nsalt = 1")) == {}


def test_empty_values_say_nothing_but_an_empty_password_is_one() -> None:
    lines = ["host=", "port=''", 'dbname=""', "unix_socket=", "adapter =", "password =", "ssl_ca="]
    assert database(*lines) == {"password": "", "tables_prefix": ""}


def test_the_adapter_is_given_as_it_is_written() -> None:
    assert database(r'adapter = "PDO\\MYSQL"')["adapter"] == r"PDO\MYSQL"
    assert database(r"adapter = PDO\MYSQL")["adapter"] == r"PDO\MYSQL"


@pytest.mark.parametrize(
    "lines", [('unix_socket = "/run/db.sock"',), ("port = /run/db.sock", "unix_socket = /other")]
)
def test_with_a_socket_host_and_port_are_dropped(lines: tuple[str, ...]) -> None:
    options = database("host = h", "port = 3307", *lines)
    assert options == {"unix_socket": "/run/db.sock", "tables_prefix": ""}


@pytest.mark.parametrize("off", ["", "enable_ssl = 0", "enable_ssl = false", 'enable_ssl = "0"'])
def test_with_ssl_off_its_files_are_ignored(off: str) -> None:
    assert database(off, "ssl_ca = /ca.pem", "ssl_no_verify = 1") == {"tables_prefix": ""}


@pytest.mark.parametrize(
    ("lines", "mode"),
    [
        (["ssl_ca = /ca.pem"], "verify"),
        (["ssl_ca = /ca.pem", "ssl_no_verify = 0"], "verify"),
        (["ssl_ca = /ca.pem", "ssl_no_verify = 1"], "required"),
        (["ssl_no_verify = 1"], "required"),
        (["ssl_cert = /c.pem"], "verify"),
        (["ssl_ca_path = /etc/ssl/certs/"], "verify"),
        (["ssl_ca_path = /etc/ssl/certs/", "ssl_no_verify = 1"], "required"),
        ([], "required"),
    ],
)
def test_ssl_verifies_where_matomo_does(lines: list[str], mode: str) -> None:
    assert database("enable_ssl = 1", *lines)["ssl_mode"] == mode


def test_ssl_files_are_given_by_their_option_names() -> None:
    lines = ["enable_ssl = true", "ssl_ca = /ca", "ssl_cert = /cert", "ssl_key = /key"]
    files = {"ssl_ca": "/ca", "ssl_cert": "/cert", "ssl_key": "/key"}
    assert database(*lines) == files | {"ssl_mode": "verify", "tables_prefix": ""}


@pytest.mark.parametrize(
    ("lines", "ca"),
    [
        (["ssl_ca_path = /etc/ssl/certs/"], "/etc/ssl/certs/"),
        (["ssl_ca_path = /etc/ssl/certs/", "ssl_ca = /ca.pem"], "/ca.pem"),
    ],
)
def test_a_folder_of_authorities_serves_where_there_is_no_file(lines: list[str], ca: str) -> None:
    assert database("enable_ssl = 1", *lines)["ssl_ca"] == ca


@pytest.mark.parametrize("host", ["localhost", '"LocalHost"'])
def test_beside_localhost_no_port_counts(host: str) -> None:
    text = f"[database]\nhost = {host}\nport = 3307"
    assert "port" not in database_options(parse(text))
    (remark,) = remarks(parse(text))
    assert "the port is ignored" in remark


def test_the_adapter_of_wordpress_is_remarked_on() -> None:
    (remark,) = remarks(parse("[database]\nadapter = WordPress"))
    assert "counts as MYSQLI" in remark


def test_values_taken_as_written_get_no_remark() -> None:
    assert remarks(parse("[General]\na = 1")) == []
    assert remarks(parse("[database]\nhost = db\nport = 3307\nadapter = MYSQLI")) == []


def test_variables_are_those_of_the_environment() -> None:
    lines = "[database]\nhost = ${DB_HOST}\npassword = ${DB_PASSWORD}\nport = ${DB_PORT}"
    environ = {"DB_HOST": "db", "DB_PASSWORD": 'a"b&amp;'}
    options = database_options(parse(lines, environ))
    assert options == {"host": "db", "password": 'a"b&', "tables_prefix": ""}


def test_a_variable_that_is_not_there_is_remarked_on() -> None:
    text = "[database]\nhost = ${DB_HOST}\nport = ${DB_PORT:-3307}\nusername = ${DB_USER}\n"
    config = parse(text + "[General]\nsalt = ${SALT}", {"DB_USER": "u"})
    assert remarks(config) == ["${DB_HOST} is not set in the environment, so it is empty"]
    assert database_options(config) == {"port": "3307", "username": "u", "tables_prefix": ""}


@pytest.mark.parametrize("key", ["host", "port", "username", "password", "dbname", "adapter"])
def test_a_value_that_is_given_elsewhere_is_not_needed(key: str) -> None:
    config = parse(f"[database]\n{key} = 1 | 2\nssl_ca[] = a")
    assert key not in database_options(config, {key})
    with pytest.raises(ConfigIniError):
        database_options(config)


def test_the_socket_in_the_file_is_no_match_for_a_host_given_elsewhere() -> None:
    config = parse("[database]\nport = /run/db.sock\nhost = a|b")
    assert database_options(config, {"host"}) == {"tables_prefix": ""}
    config = parse("[database]\nunix_socket = /run/db.sock\nport = 3307")
    assert database_options(config, {"host"}) == {"tables_prefix": "", "port": "3307"}


def test_the_recovery_timeout_is_a_number_of_seconds() -> None:
    assert general("archive_failure_recovery_timeout = 7200")["failure_recovery_timeout"] == "7200"
    assert general("archive_failure_recovery_timeout = soon") == {}


@pytest.mark.parametrize(
    ("months", "expected"), [("3", "3"), ('"last12"', "12"), ("0", "0"), ("", "0"), ("false", "0")]
)
def test_months_may_be_written_as_last_n_and_nothing_is_none(months: str, expected: str) -> None:
    options = general(f"rearchive_reports_in_past_last_n_months = {months}")
    assert options == {"rearchive_last_n_months": expected}


@pytest.mark.parametrize("months", ["6.5", "six", "-1", "last", "9" * 5000])
def test_months_that_are_no_number_say_nothing(months: str) -> None:
    assert general(f"rearchive_reports_in_past_last_n_months = {months}") == {}


@pytest.mark.parametrize(("flag", "expected"), [("1", "true"), ("yes", "true"), ("0", "false")])
def test_segments_are_excluded_when_the_value_is_1(flag: str, expected: str) -> None:
    options = general(f"rearchive_reports_in_past_exclude_segments = {flag}")
    assert options == {"rearchive_exclude_segments": expected}
