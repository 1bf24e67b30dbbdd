"""Matomo's `config/config.ini.php`: what it says about the database and the archiver."""

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from types import MappingProxyType

from matomo_archive_exporter.matomo.config import html_entities, php_ini

_INTEGER = re.compile(r"[0-9]{1,18}")
_LAST_N_MONTHS = re.compile(r"(?:last)?([0-9]{1,18})")
_ADDRESS = frozenset({"host", "port", "unix_socket"})
_TLS_FILES = frozenset({"ssl_ca", "ssl_ca_path", "ssl_cert", "ssl_key"})


class ConfigIniError(ValueError):
    """The file cannot be read as Matomo reads it. The message names the line, and no value."""


@dataclass(frozen=True, slots=True)
class ConfigIni:
    """The file's values by section and key, and the line of each key.

    A key with a line but no value has a PHP expression (operators outside quotes), or PHP refuses
    it; reading it is an error. Section '' holds keys before the first.
    """

    sections: Mapping[str, Mapping[str, str | tuple[str, ...]]] = field(repr=False)
    lines: Mapping[str, Mapping[str, int]] = field(repr=False)
    missing: Mapping[str, Mapping[str, Set[str]]] = field(default_factory=dict)
    """by section and key, variables that are not in the environment and so are empty"""

    def text(self, section: str, key: str) -> str | None:
        """Give the value of `key`, None when the file does not say it. Raises ConfigIniError."""
        line = self.lines.get(section, {}).get(key)
        if line is None:
            return None
        value = self.sections[section].get(key)
        if isinstance(value, str):
            return value
        fault = "is a PHP expression: write one value in double quotes"
        if value is not None:
            fault = f"is a list: write {key} without []"
        raise ConfigIniError(f"line {line}: {key} in [{section}] {fault}")


def parse(text: str, environ: Mapping[str, str] = MappingProxyType({})) -> ConfigIni:
    """Read the text of the file as Matomo 5.2.0 does (matomo/ini 3.0 on PHP's ini parser).

    `environ` is the environment of PHP, from which `${NAME}` comes.

    Of equal keys the last one counts, and of equal sections the last one, as a whole. Entities
    are decoded twice, because Matomo encodes them once when it writes the file but decodes them
    twice when it reads it: so the password here is the one Matomo connects with, even where that
    is not the one its admin typed. Raises ConfigIniError.
    """
    values: dict[str, dict[str, str | list[str]]] = {"": {}}
    lines: dict[str, dict[str, int]] = {"": {}}
    section = ""
    missing: dict[str, dict[str, Set[str]]] = {}
    environment = _Environment(environ)
    try:
        for statement in php_ini.statements(text, environment):
            if isinstance(statement, php_ini.Section):
                section = statement.name
                values[section], lines[section] = {}, {}
            else:
                _assign(values[section], statement)
                lines[section][statement.key] = statement.line
                missing.setdefault(section, {})[statement.key] = frozenset(environment.missing)
            environment.missing.clear()
    except php_ini.PhpIniError as error:
        raise ConfigIniError(str(error)) from None
    return ConfigIni({name: _frozen(values[name]) for name in values}, lines, missing)


class _Environment(Mapping[str, str]):
    """Variables, and the names of those that the file uses but are not set."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.missing: set[str] = set()

    def __getitem__(self, name: str) -> str:
        if name not in self._environ:
            self.missing.add(name)
        return self._environ[name]

    def __contains__(self, name: object) -> bool:
        return name in self._environ

    def __iter__(self) -> Iterator[str]:
        return iter(self._environ)

    def __len__(self) -> int:
        return len(self._environ)


def _assign(section: dict[str, str | list[str]], assignment: php_ini.Assignment) -> None:
    if assignment.value is None:
        section.pop(assignment.key, None)
        return
    value = html_entities.decode(html_entities.decode(assignment.value))
    items = section.get(assignment.key)
    if not assignment.is_list:
        section[assignment.key] = value
    elif isinstance(items, list):
        items.append(value)
    else:
        section[assignment.key] = [value]


def _frozen(section: dict[str, str | list[str]]) -> dict[str, str | tuple[str, ...]]:
    return {
        key: tuple(value) if isinstance(value, list) else value for key, value in section.items()
    }


def database_options(config: ConfigIni, given: Set[str] = frozenset()) -> dict[str, str]:
    """Give what section [database] says, by the names of the options of group database.

    It leaves out options that are `given` elsewhere, keys that the file lacks, and an empty host,
    port, dbname or adapter. A [database] without tables_prefix has
    the empty prefix: for that one Matomo 5.2.0's installer writes no line. Raises ConfigIniError
    for a PHP expression.
    """
    if "database" not in config.sections:
        return {}
    login = _given(config, {"username", "password"} - given)
    names = _not_empty(_given(config, {"dbname", "adapter"} - given))
    prefix = _given(config, {"tables_prefix"} - given)
    if "tables_prefix" not in given | prefix.keys():
        prefix = {"tables_prefix": ""}
    tls = {} if "ssl_mode" in given else _tls(config, given)
    return prefix | login | names | _address(config, given) | tls


def _given(config: ConfigIni, keys: Set[str]) -> dict[str, str]:
    values = {key: config.text("database", key) for key in sorted(keys)}
    return {key: value for key, value in values.items() if value is not None}


def _not_empty(values: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in values.items() if value}


def _address(config: ConfigIni, given: Set[str]) -> dict[str, str]:
    """Give the socket, or host and port. Matomo takes a port that starts with '/' as a socket.

    PHP takes the host localhost for a socket of its own, and then no port counts.
    """
    if "unix_socket" in given:
        return {}
    address = _not_empty(_given(config, _ADDRESS - given))
    port = address.get("port", "")
    if not {"host", "port"} & given:
        socket = port if port.startswith("/") else address.get("unix_socket")
        if socket:
            return {"unix_socket": socket}
    if port.startswith("/") or _is_localhost(address):
        address.pop("port", None)
    address.pop("unix_socket", None)
    return address


def _is_localhost(address: Mapping[str, str]) -> bool:
    return address.get("host", "").lower() == "localhost"


def _tls(config: ConfigIni, given: Set[str]) -> dict[str, str]:
    """Give ssl_mode and the files, or nothing when enable_ssl is off and Matomo ignores the rest.

    Matomo 5.2.0 hands PHP's mysqlnd the files, and "do not verify" for ssl_no_verify=1. mysqlnd
    verifies once it is given any file: against ssl_ca or the folder ssl_ca_path, else against the
    authorities that the system trusts. With no file at all it does not (MYSQLI encrypts, PDO does
    not even ask for TLS). So that is 'required': encrypted, not verified, never in the clear.
    """
    if not _is_on(config, "enable_ssl"):
        return {}
    files = _not_empty(_given(config, _TLS_FILES - given))
    folder = files.pop("ssl_ca_path", None)
    if folder is not None:
        files.setdefault("ssl_ca", folder)
    verifies = bool(files) and not _is_on(config, "ssl_no_verify")
    return files | {"ssl_mode": "verify" if verifies else "required"}


def remarks(config: ConfigIni) -> list[str]:
    """Values that the exporter takes differently from how they are written, a sentence each."""
    given = _given(config, _ADDRESS | {"adapter"}) if "database" in config.sections else {}
    found = []
    if _is_localhost(given) and given.get("port") and not given["port"].startswith("/"):
        found.append("the port is ignored: PHP reaches host localhost by its socket")
    if given.get("adapter", "").lower() == "wordpress":
        found.append("adapter WordPress counts as MYSQLI")
    names = sorted(frozenset[str]().union(*config.missing.get("database", {}).values()))
    return found + [f"${{{name}}} is not set in the environment, so it is empty" for name in names]


def _is_on(config: ConfigIni, key: str) -> bool:
    """Tell whether PHP counts the value as true: any text but '' and '0' is."""
    return config.text("database", key) not in {None, "", "0"}


def archiver_options(config: ConfigIni, given: Set[str] = frozenset()) -> dict[str, str]:
    """Give what section [General] says, by the names of the options of group archiver.

    Options that are `given` elsewhere are not looked at.
    failure_recovery_timeout is in seconds. For rearchive_last_n_months Matomo 5.2.0 takes '6' and
    'last6', and an empty value like 0, which switches re-archiving off. What is no such number is
    left out. Raises ConfigIniError for a PHP expression.
    """
    readers = {
        "failure_recovery_timeout": _recovery_timeout,
        "rearchive_last_n_months": _last_n_months,
        "rearchive_exclude_segments": _excludes_segments,
    }
    options = {name: read(config) for name, read in readers.items() if name not in given}
    return {name: value for name, value in options.items() if value is not None}


def _recovery_timeout(config: ConfigIni) -> str | None:
    seconds = config.text("General", "archive_failure_recovery_timeout")
    return seconds if seconds and _INTEGER.fullmatch(seconds) else None


def _last_n_months(config: ConfigIni) -> str | None:
    months = config.text("General", "rearchive_reports_in_past_last_n_months")
    if months is None:
        return None
    number = _LAST_N_MONTHS.fullmatch(months or "0")
    return number[1] if number else None


def _excludes_segments(config: ConfigIni) -> str | None:
    """Give 'true' for 1 and 'false' for any other value, as Matomo 5.2.0 compares with 1."""
    excludes = config.text("General", "rearchive_reports_in_past_exclude_segments")
    return None if excludes is None else str(excludes == "1").lower()
