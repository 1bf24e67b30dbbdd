"""The option table: flag, environment variable, default and help of each option."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

PREFIX = "MATOMO_"


@dataclass(frozen=True, slots=True)
class Option:
    """One option. `group` is "" for those of no group, `flag` None where only a variable exists."""

    group: str
    field: str
    flag: str | None
    variable: str
    help: str
    default: str
    is_switch: bool
    is_repeatable: bool


@dataclass(frozen=True, slots=True)
class OptionGroup:
    """Options of one subject; `title` is the heading above them in `--help`."""

    name: str
    title: str
    options: tuple[Option, ...]


def option_groups(model: type[BaseModel]) -> tuple[OptionGroup, ...]:
    """The table of a settings model: its own options, then each group's, in order of definition."""
    groups = {
        name: info.annotation
        for name, info in model.model_fields.items()
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel)
    }
    own = tuple(_options("", model, leave_out=frozenset(groups)))
    return (
        OptionGroup("", model.__doc__ or "", own),
        *(
            OptionGroup(name, group.__doc__ or "", tuple(_options(name, group)))
            for name, group in groups.items()
        ),
    )


def _options(
    group: str, model: type[BaseModel], leave_out: frozenset[str] = frozenset()
) -> Iterator[Option]:
    for field, info in model.model_fields.items():
        if field not in leave_out:
            yield _option(group, field, info)


def _option(group: str, field: str, info: FieldInfo) -> Option:
    extra: dict[str, Any] = (
        info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    )
    name = extra.get("name", field.replace("_", "-"))
    path = f"{group}.{name}" if group else name
    return Option(
        group=group,
        field=field,
        flag=f"--{path}" if extra.get("flag", True) else None,
        variable=PREFIX + path.upper().replace(".", "_").replace("-", "_"),
        help=info.description or "",
        default=default_text(info.default),
        is_switch=info.annotation is bool,
        is_repeatable="ListenAddress" in str(info.annotation),
    )


def default_text(default: object) -> str:
    """A default as a user would write it; "" for none."""
    if default is None or default is PydanticUndefined:
        return ""
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        return ",".join(map(str, default))
    if isinstance(default, float) and default >= 1:
        hours, rest = divmod(default, 3600)
        return f"{default:g}s" if rest else f"{hours:g}h"
    if isinstance(default, int) and default >= 1024**2 and default % 1024**2 == 0:
        return f"{default // 1024**2}M"
    return str(default)
