"""The option table: flag, environment variable, default and help of each option."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

PREFIX = "MATOMO_"

_PLACEHOLDERS = {int: "N", float: "N", Path: "FILE", bool: "BOOL"}
"""the name in `--help` of a value whose type has none of its own"""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """The name of a value in `--help`, as metadata of a type or of a field."""

    word: str


@dataclass(frozen=True, slots=True)
class Option:
    """One option. `group` is "" without a group; `flag` is None where only a variable exists."""

    group: str
    field: str
    flag: str | None
    variable: str
    help: str
    default: str
    placeholder: str
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
        placeholder=_placeholder(field, info),
        is_switch=info.annotation is bool,
        is_repeatable="ListenAddress" in str(info.annotation),
    )


def _placeholder(field: str, info: FieldInfo) -> str:
    kinds = get_args(info.annotation) or (info.annotation,)
    metadata = [*info.metadata, *(note for kind in kinds for note in get_args(kind)[1:])]
    words = [note.word for note in metadata if isinstance(note, Placeholder)]
    words += [_PLACEHOLDERS[kind] for kind in kinds if kind in _PLACEHOLDERS]
    return words[0] if words else field.rpartition("_")[2].upper()


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
