"""Every option: its default, its values, and its help text.

The flag and the environment variable of an option follow from its place: field `connect_timeout`
of group `database` is `--database.connect-timeout` and `MATOMO_DATABASE_CONNECT_TIMEOUT`.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from matomo_archive_exporter.settings import values
from matomo_archive_exporter.settings.table import Placeholder

Duration = Annotated[float, BeforeValidator(values.parse_duration), Placeholder("DURATION")]
TimeLimit = Annotated[float, BeforeValidator(values.parse_time_limit), Placeholder("DURATION")]
MemorySize = Annotated[int | None, BeforeValidator(values.parse_memory), Placeholder("SIZE")]
Host = Annotated[str, BeforeValidator(values.parse_host)]
Prefix = Annotated[str, BeforeValidator(values.parse_prefix)]
UrlPath = Annotated[str, BeforeValidator(values.parse_url_path)]
Username = Annotated[str, BeforeValidator(values.parse_username)]
DatabaseName = Annotated[str, BeforeValidator(values.parse_dbname)]
SocketPath = Annotated[Path, BeforeValidator(values.parse_socket), Placeholder("FILE")]
Url = Annotated[str, BeforeValidator(values.parse_url), Placeholder("URL")]
Adapter = Annotated[str, BeforeValidator(values.parse_adapter)]
ListenAddresses = Annotated[
    tuple[values.ListenAddress, ...], BeforeValidator(values.parse_listen_addresses)
]
# Unit files and compose files give an empty value for none.
OptionalPath = Annotated[Path | None, BeforeValidator(lambda given: None if given == "" else given)]
SslMode = Literal["disabled", "preferred", "required", "verify"]

_VARIABLE_ONLY: dict[str, Any] = {"flag": False}


class Group(BaseModel):
    """Settings of one subject. Unknown keys are errors and no error repeats a value."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class DatabaseSettings(Group):
    """Where Matomo's tables are"""

    host: Host = Field(
        "127.0.0.1",
        description="host name or address of the server; also host:port, /socket or host:/socket;"
        " localhost without a port means the server's socket, if there is one",
    )
    host_file: Path | None = Field(None, json_schema_extra=_VARIABLE_ONLY)
    port: Annotated[int, Placeholder("PORT")] = Field(
        3306, ge=1, le=65535, description="TCP port of the server"
    )
    unix_socket: SocketPath | None = Field(
        None, description="socket file of the server, instead of host and port"
    )
    username: Username | None = Field(None, description="database user")
    username_file: Path | None = Field(None, json_schema_extra=_VARIABLE_ONLY)
    password: SecretStr | None = Field(
        None, description="password of the user; the process list shows it, so prefer a file"
    )
    password_file: OptionalPath = Field(
        None, description="file with the password; the exporter reads it before each login"
    )
    dbname: DatabaseName = Field("matomo", description="name of Matomo's database")
    dbname_file: Path | None = Field(None, json_schema_extra=_VARIABLE_ONLY)
    tables_prefix: Prefix = Field("matomo_", description="prefix of Matomo's tables; may be empty")
    adapter: Adapter = Field(
        values.PDO, description="Matomo's database adapter: PDO\\MYSQL (also mysql) or MYSQLI"
    )
    ssl_mode: SslMode = Field(
        "preferred",
        description="TLS: disabled, preferred, required, or verify (certificate and host name)",
    )
    ssl_ca: Annotated[OptionalPath, Placeholder("PATH")] = Field(
        None, description="file or folder of trusted certificate authorities"
    )
    ssl_cert: OptionalPath = Field(None, description="client certificate")
    ssl_key: OptionalPath = Field(None, description="key of the client certificate")
    connect_timeout: Duration = Field(5.0, description="time limit of a connection attempt")
    statement_timeout: Duration = Field(30.0, description="time limit of a statement")


class ArchiverSettings(Group):
    """How core:archive is run"""

    memory_limit: MemorySize = Field(
        128 * 1024**2,
        description="memory_limit of the PHP process that runs core:archive; -1 is no limit;"
        " if not set, PHP_MEMORY_LIMIT counts",
    )
    concurrent_requests: int = Field(
        3, ge=1, description="--concurrent-requests-per-website of core:archive"
    )
    max_archives_to_process: int = Field(
        0, ge=0, description="--max-archives-to-process of core:archive; 0 is no limit"
    )
    stop_processing_after: TimeLimit = Field(
        86400.0,
        description="--stop-processing-after of core:archive (Matomo 5.3.0 and later); 0 is no"
        " limit",
    )
    archives_per_hour: float | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="archives that core:archive builds in an hour; observed if not set",
    )
    failure_recovery_timeout: Duration = Field(
        86400.0, description="archive_failure_recovery_timeout in Matomo's configuration"
    )
    rearchive_last_n_months: int = Field(
        6, ge=0, description="rearchive_reports_in_past_last_n_months in Matomo's configuration"
    )
    rearchive_exclude_segments: bool = Field(
        False, description="rearchive_reports_in_past_exclude_segments in Matomo's configuration"
    )
    log_file: OptionalPath = Field(
        None, description="log of core:archive to follow, or a pattern such as runs/*.log"
    )
    proc_path: Annotated[OptionalPath, Placeholder("PATH")] = Field(
        None, description="/proc folder that shows the archiver's processes"
    )


class CollectSettings(Group):
    """When the exporter reads, and how much it shows"""

    interval: Duration = Field(60.0, description="time between readings")
    duty_cycle: Annotated[float, Placeholder("SHARE")] = Field(
        0.05, gt=0, le=1, description="highest share of the time to spend in the database"
    )
    max_age: Duration | None = Field(
        None, description="drop values older than this; 10 intervals in force if not set"
    )
    forecast_max_rows: int = Field(
        500_000, ge=1, description="simulate a whole queue of up to this many rows"
    )
    top_reports: int = Field(
        20, ge=0, le=200, description="show this many reports; the rest is `other`"
    )
    top_sites: int = Field(
        0, ge=0, le=1000, description="show this many sites; the rest is `other`"
    )


class WebSettings(Group):
    """The HTTP server"""

    listen_address: ListenAddresses = Field(
        (values.ListenAddress("", 16286),),
        description="address to listen on: host:port or [::1]:port; may be repeated",
    )
    telemetry_path: UrlPath = Field("/metrics", description="path of the metrics")
    config_file: OptionalPath = Field(
        None,
        description="file with TLS, client certificates and users, in exporter-toolkit format",
        json_schema_extra={"name": "config.file"},
    )
    external_url: Url = Field(
        "", description="URL at which people reach the exporter, for links in alerts"
    )


class LogSettings(Group):
    """Logging"""

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info",
        description="debug, info, warning or error; without this flag only serve and demo log",
    )
    format: Literal["logfmt", "json"] = Field("logfmt", description="logfmt or json")
