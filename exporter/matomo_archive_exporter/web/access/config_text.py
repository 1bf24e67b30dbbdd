"""From the bytes of a web config file to texts in lists and mappings."""

from typing import Any

import yaml

from matomo_archive_exporter.web.access.config_faults import WebConfigError

_NULLS = ("null", "Null", "NULL", "~")


class _Loader(yaml.BaseLoader):
    """Takes every scalar as text, null as an empty one, and no key twice."""

    def construct_scalar(self, node: yaml.ScalarNode) -> str:
        is_null = node.style is None and node.value in _NULLS
        return "" if is_null else str(super().construct_scalar(node))

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if len(names) != len(set(names)):
            raise yaml.MarkedYAMLError(problem_mark=node.start_mark)
        return super().construct_mapping(node, deep)


def mapping_of(content: bytes) -> dict[Any, Any]:
    """The mapping that the file is; an empty file is an empty one. Raises WebConfigError.

    What PyYAML says of a fault quotes the file, so only the place is passed on.
    """
    try:
        loaded = yaml.load(content, _Loader)  # noqa: S506 - builds nothing but texts
    # PyYAML has errors of its own, and lets some of Python's through.
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" near line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise WebConfigError(f"not YAML, or a key twice{where}") from None
    if loaded in (None, ""):
        return {}
    if not isinstance(loaded, dict):
        raise WebConfigError("takes keys such as tls_server_config and basic_auth_users")
    return loaded
