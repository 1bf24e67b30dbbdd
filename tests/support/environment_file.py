"""The example of an environment file for systemd, generated from the table of options."""

from collections.abc import Iterator

from matomo_archive_exporter.settings.settings import Settings
from matomo_archive_exporter.settings.table import Option, option_groups

HEAD = """\
# Options of matomo-archive-exporter for its systemd units, each with its default. Remove the # to
# change one. Set at least the database user. The units set MATOMO_DATABASE_PASSWORD_FILE: set no
# password here, unless a drop-in removes that.
"""

# A backslash means something to systemd here.
_WRITTEN = {"PDO\\MYSQL": "PDO_MYSQL"}


def environment_file() -> str:
    """The whole file."""
    groups = option_groups(Settings)
    return HEAD + "".join(
        f"\n## {group.title.strip()}\n" + "".join(_lines(group.options)) for group in groups
    )


def _lines(options: tuple[Option, ...]) -> Iterator[str]:
    for option in options:
        yield f"\n# {option.help or 'file that holds the value'}\n"
        yield f"#{option.variable}={_WRITTEN.get(option.default, option.default)}\n"
