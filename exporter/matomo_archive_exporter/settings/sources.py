"""Sources of settings besides flags: environment variables and Matomo's config.ini.php.

A higher source wins as a whole: a password by flag beats a password file by environment, and a
host by flag beats a socket in config.ini.php.
"""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

from matomo_archive_exporter.matomo.config import config_ini
from matomo_archive_exporter.matomo.config.php_memory import limit_of
from matomo_archive_exporter.settings.small_file import read_small
from matomo_archive_exporter.settings.table import PREFIX, option_groups
from matomo_archive_exporter.settings.values import path_for_errors, split_host

Values = dict[str, Any]

MEMORY_LIMIT_FALLBACK = "PHP_MEMORY_LIMIT"
MOST_BYTES = 4 * 1024 * 1024
"""of a config.ini.php, which is a few KB long"""

# A setting on the left replaces those on the right, wherever a lower source gives them.
_REPLACES: Mapping[str, tuple[str, ...]] = {
    "password": ("password_file",),
    "password_file": ("password",),
    "host": ("host_file", "unix_socket"),
    "host_file": ("host", "unix_socket"),
    "port": ("unix_socket",),
    "unix_socket": ("host", "host_file", "port"),
    "username": ("username_file",),
    "username_file": ("username",),
    "dbname": ("dbname_file",),
    "dbname_file": ("dbname",),
}
_THINGS: Mapping[str, str] = {"port": "port", "unix_socket": "socket"}
# Kubernetes sets our port's variable to the address of a Service named matomo-database.
_SERVICE_PORT = re.compile(r"[a-z]+://")


class SettingsError(Exception):
    """Bad configuration. Each line names the option and the fix, never a value."""


def variables(model: type[BaseModel], environ: Mapping[str, str]) -> Values:
    """The settings that environment variables give, as the nested dict the model takes."""
    values: Values = {}
    for group in option_groups(model):
        for option in group.options:
            text = environ.get(option.variable)
            if _is_set(option.variable, text):
                place = values.setdefault(group.name, {}) if group.name else values
                place[option.field] = text
    if text := environ.get(MEMORY_LIMIT_FALLBACK):
        limit = limit_of(text)  # takes any text, as PHP does
        values.setdefault("archiver", {}).setdefault(
            "memory_limit", "-1" if limit is None else limit
        )
    return values


def _is_set(variable: str, text: str | None) -> bool:
    """An empty variable counts as unset, except the prefix, which may be empty."""
    if not text:
        return text is not None and variable == f"{PREFIX}DATABASE_TABLES_PREFIX"
    is_service_address = _SERVICE_PORT.match(text) is not None
    return not (variable == f"{PREFIX}DATABASE_PORT" and is_service_address)


def with_split_host(values: Values, name: Callable[[str], str]) -> Values:
    """The values of one source, with port or socket taken out of the host. Raises SettingsError.

    `name` gives the name of a database field in that source.
    """
    database = values.get("database", {})
    parts = split_host(str(database.get("host", "")))
    for field in parts.keys() - {"host"}:
        if field in database and str(database[field]) != parts[field]:
            raise SettingsError(
                f"{name('host')} and {name(field)}: both name a {_THINGS[field]}; set one"
            )
    if "host" not in database or parts == {"host": database["host"]}:
        return values
    others = {field: value for field, value in database.items() if field != "host"}
    return values | {"database": others | parts}


def refuse_both_forms(values: Values, name: Callable[[str], str]) -> None:
    """Raise when one source gives a setting both as a value and as a file.

    `name` gives the name of a database field in that source.
    """
    database = values.get("database", {})
    for field in database:
        if (file := f"{field}_file") in database:
            raise SettingsError(f"{name(field)} and {name(file)}: set one, not both")


def _without_overruled(values: Values, higher: Values) -> Values:
    overruled = {name for field in higher.get("database", {}) for name in _REPLACES.get(field, ())}
    database = {k: v for k, v in values.get("database", {}).items() if k not in overruled}
    return values | {"database": database}


class _Source(PydanticBaseSettingsSource):
    """A source of pydantic-settings that gives all its values at once."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Unused: `__call__` gives everything."""
        raise NotImplementedError


class VariableSource(_Source):
    """Environment variables, by the names in the option table."""

    def __call__(self) -> Values:
        """The values that no flag replaces."""
        values = variables(self.settings_cls, os.environ)
        refuse_both_forms(values, _variable)
        return _without_overruled(with_split_host(values, _variable), self.current_state)


class ConfigIniSource(_Source):
    """Matomo's config.ini.php, if `--config-ini` names it."""

    def __call__(self) -> Values:
        """The database and archiver settings in the file that no higher source replaces."""
        if "config_ini" not in self.current_state:
            return {}
        path = Path(self.current_state["config_ini"])
        try:
            values = _read(path, self.current_state)
        except (OSError, config_ini.ConfigIniError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise SettingsError(f"{self._option}: {path_for_errors(path)}{why}") from None
        return _without_overruled(values, self.current_state)

    @property
    def _option(self) -> str:
        by_flag = "config_ini" in self.settings_sources_data.get("InitSettingsSource", {})
        return "--config-ini" if by_flag else f"{PREFIX}CONFIG_INI"


def _variable(field: str) -> str:
    return f"{PREFIX}DATABASE_{field.upper()}"


def _read(path: Path, higher: Values) -> Values:
    config = parsed(path, os.environ)
    database, archiver = (higher.get(group, {}) for group in ("database", "archiver"))
    given = {field.removesuffix("_file") for field in database}
    values = {
        "database": config_ini.database_options(config, given),
        "archiver": config_ini.archiver_options(config, set(archiver)),
    }
    return with_split_host(values, lambda field: field)


def parsed(path: Path, environ: Mapping[str, str]) -> config_ini.ConfigIni:
    """The content of a config.ini.php. Raises OSError and ConfigIniError."""
    text = read_small(path, MOST_BYTES).decode("utf-8", "surrogateescape")
    return config_ini.parse(text, environ)
