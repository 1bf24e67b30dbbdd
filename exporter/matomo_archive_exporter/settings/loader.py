"""Settings from a command line and an environment, with errors that name the option and the fix."""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from matomo_archive_exporter.settings.settings import Settings
from matomo_archive_exporter.settings.sources import (
    MEMORY_LIMIT_FALLBACK,
    SettingsError,
    Values,
    parsed,
    refuse_both_forms,
    variables,
    with_split_host,
)
from matomo_archive_exporter.settings.table import PREFIX, Option, option_groups

_LIKENESS = 0.8
# Kubernetes sets these in every pod for a Service whose name begins with matomo.
_INJECTED = re.compile(r"_SERVICE_(HOST|PORT)(_\w+)?$|_PORT(_\d+_\w+)?$")


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, and warnings: unknown variables and an empty web config file."""

    settings: Settings
    warnings: tuple[str, ...]


def all_options() -> tuple[Option, ...]:
    """Every option of the table, in order."""
    return tuple(option for group in option_groups(Settings) for option in group.options)


def load(flags: Values, environ: Mapping[str, str], *, needs_database: bool = True) -> Loaded:
    """Settings from flags (the nested dict the model takes) and the sources below them.

    `needs_database` requires a user name. Raises SettingsError with one line for each fault.
    """
    refuse_both_forms(flags, _flag)
    try:
        settings = Settings(**with_split_host(flags, _flag))
    except ValidationError as error:
        raise SettingsError("\n".join(_fault_lines(error, flags, environ))) from None
    _refuse_unusable(settings, needs_database=needs_database)
    warnings = (*unknown_variables(environ), *empty_web_config(settings, environ))
    return Loaded(settings, warnings)


def _flag(field: str) -> str:
    return f"--database.{field.replace('_', '-')}"


def empty_web_config(settings: Settings, environ: Mapping[str, str]) -> Iterable[str]:
    """A line where the variable for the web config file is empty."""
    name = f"{PREFIX}WEB_CONFIG_FILE"
    if settings.web.config_file is None and environ.get(name) == "":
        yield f"{name} is empty: the exporter uses no TLS and asks for no password"


def _refuse_unusable(settings: Settings, *, needs_database: bool) -> None:
    database = settings.database
    if needs_database and database.username is None and database.username_file is None:
        raise SettingsError(
            "--database.username is missing: set it, MATOMO_DATABASE_USERNAME or --config-ini"
        )
    max_age = settings.collect.max_age
    if max_age is not None and max_age <= settings.collect.interval:
        raise SettingsError("--collect.max-age: takes a time longer than --collect.interval")
    if settings.web.telemetry_path == "/advice":
        raise SettingsError("--web.telemetry-path: /advice is taken; use another path")
    if settings.web.telemetry_path.startswith("/-/"):
        raise SettingsError("--web.telemetry-path: paths below /-/ are taken; use another path")
    if (database.ssl_cert is None) != (database.ssl_key is None):
        raise SettingsError("--database.ssl-cert and --database.ssl-key: one is missing; set both")


def _fault_lines(
    error: ValidationError, flags: Values, environ: Mapping[str, str]
) -> Iterable[str]:
    options = {(option.group, option.field): option for option in all_options()}
    for fault in error.errors(include_input=False, include_url=False, include_context=False):
        path = tuple(str(part) for part in fault["loc"])[:2]
        option = options[path if len(path) == 2 else ("", path[0])]
        name = _name_where_given(option, flags, environ)
        message = fault["msg"].removeprefix("Value error, ").partition(", unable to")[0]
        message = message.replace("Input should be", "must be")
        if name is None:
            name = f"{option.flag} (from --config-ini)"
            message = _unset_variables(option, flags, environ) or message
        yield f"{name}: {message}"


def _name_where_given(option: Option, flags: Values, environ: Mapping[str, str]) -> str | None:
    """The flag or the variable that gives the value; None where config.ini.php does."""

    def gives(values: Values) -> bool:
        return option.field in (values.get(option.group, {}) if option.group else values)

    if gives(flags) and option.flag:
        return option.flag
    if gives(variables(Settings, environ)):
        return option.variable if option.variable in environ else MEMORY_LIMIT_FALLBACK
    return None


def _unset_variables(option: Option, flags: Values, environ: Mapping[str, str]) -> str:
    """Which variables in the value of config.ini.php are not set; "" where all are."""
    path = flags.get("config_ini") or variables(Settings, environ)["config_ini"]
    names = parsed(Path(path), environ).missing.get(option.group, {}).get(option.field, ())
    return ", ".join(f"${{{name}}} is not set in the environment" for name in sorted(names))


def unknown_variables(environ: Mapping[str, str]) -> Iterable[str]:
    """A line for each MATOMO_* variable that is not an option, with the nearest one that is."""
    known = [option.variable.removeprefix(PREFIX) for option in all_options()]
    for variable in sorted(environ):
        name = variable.removeprefix(PREFIX)
        if variable == name or name in known or _INJECTED.search(variable):
            continue
        nearest = difflib.get_close_matches(name, known, n=1, cutoff=_LIKENESS)
        hint = f"; did you mean {PREFIX}{nearest[0]}?" if nearest else ""
        yield f"{variable}: unknown variable{hint}"
