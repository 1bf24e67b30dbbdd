"""Faults of a web config file, in one line that repeats no value."""

import difflib
import re
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

_PLAIN_NAME = re.compile(r"[A-Za-z][\w-]{0,40}")
_USERS = "basic_auth_users"


class WebConfigError(Exception):
    """Why a web config file is invalid, in one line."""


def describe(error: ValidationError, model: type[BaseModel]) -> str:
    """The first fault, with the keys that lead to it."""
    fault = error.errors(include_input=False, include_url=False, include_context=False)[0]
    path = fault["loc"]
    if path and path[0] == _USERS and len(path) > 1:
        # A hash in the place of a name would be shown.
        return f"{_USERS}: a user: {_sentence(fault['msg'])}"
    if fault["type"] == "extra_forbidden":
        return _unknown_key(path, model)
    where = ".".join(str(part) for part in path)
    return f"{where}: {_sentence(fault['msg'])}" if where else _sentence(fault["msg"])


def _sentence(message: str) -> str:
    if message.startswith("Input should be a valid dictionary"):
        return "takes keys and values"
    return message.removeprefix("Value error, ").replace("Input should be", "takes")


def _unknown_key(path: tuple[int | str, ...], model: type[BaseModel]) -> str:
    *parents, name = map(str, path)
    known = _keys(model, parents)
    # Any other text may be part of a key or a hash whose line was broken.
    shown = name if _PLAIN_NAME.fullmatch(name) else "a key"
    nearest = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {nearest[0]}?" if nearest else f"use one of {', '.join(known)}"
    return f"{'.'.join([*parents, shown])}: unknown key; {hint}"


def _keys(model: Any, parents: list[str]) -> list[str]:
    """The keys of the section to which `parents` lead."""
    for parent in parents:
        annotation = model.model_fields[parent].annotation
        model = next((a for a in get_args(annotation) if a is not type(None)), annotation)
    return [field.alias or name for name, field in model.model_fields.items()]
