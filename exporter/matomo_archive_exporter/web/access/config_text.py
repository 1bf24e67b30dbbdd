"""Parse the bytes of a web config file to texts in lists and mappings."""

from typing import Any

import yaml

from matomo_archive_exporter.web.access.config_faults import WebConfigError

_NULLS = ("null", "Null", "NULL", "~")


class _Loader(yaml.BaseLoader):
    """Reads every scalar as text and null as an empty text, and refuses repeated keys."""

    def construct_scalar(self, node: yaml.ScalarNode) -> str:
        is_null = node.style is None and node.value in _NULLS
        return "" if is_null else str(super().construct_scalar(node))

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if len(names) != len(set(names)):
            raise yaml.MarkedYAMLError(problem_mark=node.start_mark)
        return super().construct_mapping(node, deep)


def mapping_of(content: bytes) -> dict[Any, Any]:
    """The file's mapping; that of an empty file is empty. Raises WebConfigError.

    PyYAML's messages quote the file, so the error has only the place.
    """
    try:
        loaded = yaml.load(content, _Loader)  # noqa: S506 - builds nothing but texts
    # PyYAML raises its own errors and some of Python's.
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" near line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise WebConfigError(f"not YAML, or a repeated key{where}") from None
    if loaded in (None, ""):
        return {}
    if not isinstance(loaded, dict):
        raise WebConfigError("takes keys such as tls_server_config and basic_auth_users")
    return loaded
