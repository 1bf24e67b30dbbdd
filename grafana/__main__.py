"""Write the generated files: `python -m grafana`, or `make boards`.

python -m grafana                        write dashboards/, rules/ and the chart's files/
python -m grafana rules [--set NAME=VALUE ...]   print the rules with other settings
python -m grafana settings               print the settings and their meaning
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from grafana.alerts.rules import chart_file, rule_file
from grafana.alerts.settings import SETTINGS, UnknownSetting
from grafana.boards.memory import MEMORY
from grafana.boards.overview import OVERVIEW
from grafana.boards.queue import QUEUE

HERE = Path(__file__).parent
BOARDS = (OVERVIEW, QUEUE, MEMORY)
DASHBOARDS = HERE / "dashboards"
RULES = HERE / "rules" / "matomo-archive.yml"
CHART = HERE.parent / "helm" / "matomo-archive-exporter" / "files"


def generated() -> Mapping[Path, str]:
    """Every generated file with its content."""
    boards = {
        folder / f"{board.uid}.json": board.as_json()
        for folder in (DASHBOARDS, CHART / "dashboards")
        for board in BOARDS
    }
    return {RULES: rule_file(), CHART / "rules.yaml": chart_file(), **boards}


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0, or 2 for an unknown setting."""
    options = _parser().parse_args(arguments)
    if options.what == "settings":
        for name, setting in SETTINGS.items():
            print(f"{name:24} {setting.default:8} {setting.meaning}")
    elif options.what == "rules":
        try:
            print(rule_file(dict(options.set)), end="")
        except UnknownSetting as error:
            print(f"--set: {error}", file=sys.stderr)
            return 2
    else:
        for path, content in generated().items():
            path.write_text(content, encoding="utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m grafana", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("what", nargs="?", default="files", choices=["files", "rules", "settings"])
    parser.add_argument("--set", action="append", default=[], type=_pair, metavar="NAME=VALUE")
    return parser


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


if __name__ == "__main__":
    sys.exit(main())
