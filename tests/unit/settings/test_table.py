"""The option table compared with the promised options, typed in by hand."""

import pytest

from matomo_archive_exporter.settings.loader import all_options
from matomo_archive_exporter.settings.settings import Settings
from matomo_archive_exporter.settings.table import Option, default_text, option_groups

OPTIONS = {option.variable: option for option in all_options()}

# Flag, variable, and the default as `--help` prints it ("" where there is none).
PROMISED = [
    ("--config-ini", "MATOMO_CONFIG_INI", ""),
    ("--database.host", "MATOMO_DATABASE_HOST", "127.0.0.1"),
    ("--database.port", "MATOMO_DATABASE_PORT", "3306"),
    ("--database.unix-socket", "MATOMO_DATABASE_UNIX_SOCKET", ""),
    ("--database.username", "MATOMO_DATABASE_USERNAME", ""),
    ("--database.password", "MATOMO_DATABASE_PASSWORD", ""),
    ("--database.password-file", "MATOMO_DATABASE_PASSWORD_FILE", ""),
    ("--database.dbname", "MATOMO_DATABASE_DBNAME", "matomo"),
    ("--database.tables-prefix", "MATOMO_DATABASE_TABLES_PREFIX", "matomo_"),
    ("--database.adapter", "MATOMO_DATABASE_ADAPTER", "PDO\\MYSQL"),
    ("--database.ssl-mode", "MATOMO_DATABASE_SSL_MODE", "preferred"),
    ("--database.ssl-ca", "MATOMO_DATABASE_SSL_CA", ""),
    ("--database.ssl-cert", "MATOMO_DATABASE_SSL_CERT", ""),
    ("--database.ssl-key", "MATOMO_DATABASE_SSL_KEY", ""),
    ("--database.connect-timeout", "MATOMO_DATABASE_CONNECT_TIMEOUT", "5s"),
    ("--database.statement-timeout", "MATOMO_DATABASE_STATEMENT_TIMEOUT", "30s"),
    ("--archiver.memory-limit", "MATOMO_ARCHIVER_MEMORY_LIMIT", "128M"),
    ("--archiver.concurrent-requests", "MATOMO_ARCHIVER_CONCURRENT_REQUESTS", "3"),
    ("--archiver.max-archives-to-process", "MATOMO_ARCHIVER_MAX_ARCHIVES_TO_PROCESS", "0"),
    ("--archiver.stop-processing-after", "MATOMO_ARCHIVER_STOP_PROCESSING_AFTER", "24h"),
    ("--archiver.archives-per-hour", "MATOMO_ARCHIVER_ARCHIVES_PER_HOUR", ""),
    ("--archiver.failure-recovery-timeout", "MATOMO_ARCHIVER_FAILURE_RECOVERY_TIMEOUT", "24h"),
    ("--archiver.rearchive-last-n-months", "MATOMO_ARCHIVER_REARCHIVE_LAST_N_MONTHS", "6"),
    (
        "--archiver.rearchive-exclude-segments",
        "MATOMO_ARCHIVER_REARCHIVE_EXCLUDE_SEGMENTS",
        "false",
    ),
    ("--archiver.log-file", "MATOMO_ARCHIVER_LOG_FILE", ""),
    ("--archiver.proc-path", "MATOMO_ARCHIVER_PROC_PATH", ""),
    ("--collect.interval", "MATOMO_COLLECT_INTERVAL", "60s"),
    ("--collect.duty-cycle", "MATOMO_COLLECT_DUTY_CYCLE", "0.05"),
    ("--collect.max-age", "MATOMO_COLLECT_MAX_AGE", ""),
    ("--collect.forecast-max-rows", "MATOMO_COLLECT_FORECAST_MAX_ROWS", "500000"),
    ("--collect.top-reports", "MATOMO_COLLECT_TOP_REPORTS", "20"),
    ("--collect.top-sites", "MATOMO_COLLECT_TOP_SITES", "0"),
    ("--web.listen-address", "MATOMO_WEB_LISTEN_ADDRESS", ":16286"),
    ("--web.telemetry-path", "MATOMO_WEB_TELEMETRY_PATH", "/metrics"),
    ("--web.external-url", "MATOMO_WEB_EXTERNAL_URL", ""),
    ("--web.config.file", "MATOMO_WEB_CONFIG_FILE", ""),
    ("--log.level", "MATOMO_LOG_LEVEL", "info"),
    ("--log.format", "MATOMO_LOG_FORMAT", "logfmt"),
]
VARIABLES_ONLY = [
    "MATOMO_DATABASE_HOST_FILE",
    "MATOMO_DATABASE_USERNAME_FILE",
    "MATOMO_DATABASE_DBNAME_FILE",
]


@pytest.mark.parametrize(("flag", "variable", "default"), PROMISED)
def test_a_promised_option_has_its_flag_variable_and_default(
    flag: str, variable: str, default: str
) -> None:
    assert (OPTIONS[variable].flag, OPTIONS[variable].default) == (flag, default)


@pytest.mark.parametrize("variable", VARIABLES_ONLY)
def test_the_other_file_forms_of_matomos_image_are_variables_without_a_flag(variable: str) -> None:
    assert OPTIONS[variable].flag is None


def test_no_option_is_left_out_of_the_list_above() -> None:
    assert set(OPTIONS) == {variable for _, variable, _ in PROMISED} | set(VARIABLES_ONLY)


@pytest.mark.parametrize("option", [o for o in all_options() if o.flag], ids=lambda o: o.flag)
def test_every_flag_has_one_line_of_help(option: Option) -> None:
    assert option.help
    assert "\n" not in option.help


def test_only_the_address_may_be_repeated() -> None:
    assert [o.variable for o in all_options() if o.is_repeatable] == ["MATOMO_WEB_LISTEN_ADDRESS"]


@pytest.mark.parametrize(
    ("variable", "word"),
    [
        ("MATOMO_CONFIG_INI", "FILE"),
        ("MATOMO_DATABASE_PORT", "PORT"),
        ("MATOMO_DATABASE_UNIX_SOCKET", "FILE"),
        ("MATOMO_DATABASE_USERNAME", "USERNAME"),
        ("MATOMO_DATABASE_PASSWORD_FILE", "FILE"),
        ("MATOMO_DATABASE_SSL_MODE", "MODE"),
        ("MATOMO_DATABASE_SSL_CA", "PATH"),
        ("MATOMO_DATABASE_SSL_KEY", "FILE"),
        ("MATOMO_DATABASE_STATEMENT_TIMEOUT", "DURATION"),
        ("MATOMO_ARCHIVER_MEMORY_LIMIT", "SIZE"),
        ("MATOMO_ARCHIVER_MAX_ARCHIVES_TO_PROCESS", "N"),
        ("MATOMO_ARCHIVER_STOP_PROCESSING_AFTER", "DURATION"),
        ("MATOMO_ARCHIVER_ARCHIVES_PER_HOUR", "N"),
        ("MATOMO_ARCHIVER_REARCHIVE_EXCLUDE_SEGMENTS", "BOOL"),
        ("MATOMO_COLLECT_DUTY_CYCLE", "SHARE"),
        ("MATOMO_COLLECT_MAX_AGE", "DURATION"),
        ("MATOMO_WEB_LISTEN_ADDRESS", "ADDRESS"),
    ],
)
def test_help_calls_a_value_by_what_it_is(variable: str, word: str) -> None:
    assert OPTIONS[variable].placeholder == word


def test_the_options_without_a_group_come_first() -> None:
    names = [group.name for group in option_groups(Settings)]
    assert names == ["", "database", "archiver", "collect", "web", "log"]


@pytest.mark.parametrize(
    ("default", "text"),
    [(None, ""), (True, "true"), (False, "false"), (5.0, "5s"), (0.05, "0.05"), (3306, "3306"),
     (256 * 1024**2, "256M"), (("a", "b"), "a,b"), (0, "0")],
)  # fmt: skip
def test_a_default_is_shown_as_a_user_would_write_it(default: object, text: str) -> None:
    assert default_text(default) == text
