"""The rules of the code that a machine can check."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from graphlib import TopologicalSorter
from itertools import chain
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = "matomo_archive_exporter"
PRODUCT = ROOT / "exporter" / PACKAGE
SOURCES = sorted(PRODUCT.rglob("*.py"))
PYTHON = sorted(chain(SOURCES, *((ROOT / name).rglob("*.py") for name in ("tests", "benchmarks"))))

FACTS = "matomo"
SETTINGS = "settings matomo.config"
DATABASE = "readings.database"
SIMULATION = "matomo matomo.simulation readings.simulation"
# What each package may import besides itself. Modules beside the packages stand for themselves.
MAY_IMPORT: Mapping[str, str] = {
    "matomo": "",
    "matomo.queue": FACTS,
    "matomo.overlaps": f"{FACTS} matomo.queue",
    "matomo.simulation": FACTS,
    "matomo.durations": FACTS,
    "matomo.archiver": FACTS,
    "matomo.config": "",
    "matomo.runs": f"{FACTS} matomo.archiver matomo.config matomo.simulation",
    "matomo.advice": f"{FACTS} matomo.queue matomo.overlaps matomo.runs matomo.simulation",
    "settings": "matomo.config",
    "readings": "",
    "readings.database": "settings",
    "readings.queue": f"{FACTS} matomo.queue matomo.archiver {DATABASE} readings.archiver",
    "readings.runs": f"{FACTS} matomo.simulation {DATABASE}",
    "readings.overlaps": f"{FACTS} matomo.queue matomo.overlaps {DATABASE} readings.queue",
    "readings.durations": f"{FACTS} matomo.durations {DATABASE} readings.runs",
    "readings.simulation": (
        f"{FACTS} matomo.runs matomo.simulation {DATABASE} readings.queue readings.runs settings"
    ),
    "readings.archiver": f"{FACTS} matomo.archiver matomo.runs {DATABASE}",
    "metrics": "matomo matomo.* readings.*",
    "web": "",
    "web.access": "web settings",
    "web.serving": "web web.access settings",
    "collecting": "settings matomo matomo.* readings.* metrics web log_writer",
    "check": f"settings matomo.* readings.* {FACTS}",
    "what_if": f"settings {SIMULATION} matomo.advice {DATABASE} readings.queue readings.runs",
    "demo": f"{FACTS} matomo.simulation {DATABASE}",
    "commands": (
        "settings matomo.advice readings.* collecting web web.access web.serving"
        " check what_if demo terminal"
    ),
    "cli": "settings commands terminal version logging_setup log_writer",
    "terminal": "settings",
    "version": DATABASE,
    "logging_setup": "log_writer",
    "log_writer": "",
}
# From the bottom to the top. `matomo` has no more layers than that.
MOST_LAYERS_OF_MATOMO = 3
MOST_LINES = 300
MOST_LINES_OF_A_FUNCTION = 50
MEDIAN_LINES_OF_A_FUNCTION = 10

MUTABLE = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
MUTABLE_CALLS = {
    "list",
    "dict",
    "set",
    "bytearray",
    "Counter",
    "defaultdict",
    "deque",
    "OrderedDict",
}
READ_ONLY = {"Mapping", "Sequence", "Set", "Final"}
MUTATING = {
    "add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem",
    "remove", "reverse", "setdefault", "sort", "update",
}  # fmt: skip


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


# Imports


def imported(path: Path) -> Iterator[str]:
    """The exporter's modules that a file imports, without the name of the package."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}: a relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            if name.split(".")[0] == PACKAGE:
                yield name.removeprefix(PACKAGE).removeprefix(".")


def package_of(module: str) -> str:
    """The innermost package, or the module beside the packages; nothing for `__version__`."""
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        name = ".".join(parts[:length])
        if (PRODUCT / name.replace(".", "/")).is_dir():
            return name
    return parts[0] if (PRODUCT / f"{parts[0]}.py").exists() else ""


def files_of(package: str) -> list[Path]:
    """The modules of a package itself, or the one module of that name."""
    path = PRODUCT / package.replace(".", "/")
    return sorted(path.glob("*.py")) if path.is_dir() else [path.with_suffix(".py")]


def imports_of(package: str) -> set[str]:
    found = {package_of(module) for path in files_of(package) for module in imported(path)}
    return found - {package, ""}


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_point_one_way(package: str) -> None:
    patterns = MAY_IMPORT[package].split()
    astray = {
        name
        for name in imports_of(package)
        if not any(fnmatchcase(name, pattern) for pattern in patterns)
    }
    assert astray == set()


def test_every_allowed_import_is_used() -> None:
    unused = {
        (package, pattern)
        for package, allowed in MAY_IMPORT.items()
        for pattern in allowed.split()
        if not any(fnmatchcase(name, pattern) for name in imports_of(package))
    }
    assert unused == set()


def test_every_package_is_known_here() -> None:
    packages = {path.parent.relative_to(PRODUCT) for path in PRODUCT.rglob("__init__.py")}
    modules = {path.stem for path in PRODUCT.glob("[!_]*.py")}
    names = {str(path).replace("/", ".") for path in packages if path != Path()}
    assert names | modules == set(MAY_IMPORT)


def test_the_map_names_every_package_and_files_that_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    missing = {name for name in MAY_IMPORT if name != "readings" and not named_in(text, name)}
    assert missing == set()
    walks = re.findall(r"^\d\. `(\S+\.py)`", text, re.MULTILINE)
    assert len(walks) == 12
    assert [path for path in walks if not (PRODUCT / path).exists()] == []


def named_in(text: str, package: str) -> bool:
    path = package.replace(".", "/")
    return f"`{path}/`" in text or f"`{path}.py`" in text


def test_no_import_leads_back() -> None:
    order = TopologicalSorter({package: imports_of(package) for package in MAY_IMPORT})
    assert set(order.static_order()) == set(MAY_IMPORT)  # a circle is an error


def test_the_demo_and_its_server_are_of_no_other_command() -> None:
    importers = {
        path.relative_to(PRODUCT)
        for path in SOURCES
        if any(package_of(module) == "demo" for module in imported(path))
    }
    outside = {path for path in importers if path.parts[0] != "demo"}
    assert outside == {Path("commands/demo.py")}


def test_package_matomo_has_few_layers() -> None:
    @cache
    def layer(package: str) -> int:
        return 1 + max(map(layer, imports_of(package) - {"matomo"}), default=0)

    layers = {name: layer(name) for name in MAY_IMPORT if name.startswith("matomo.")}
    assert max(layers.values()) <= MOST_LAYERS_OF_MATOMO


def test_package_matomo_uses_no_clock_and_no_io() -> None:
    forbidden = {"time", "os", "socket", "subprocess", "logging", "pathlib", "threading", "mysql"}
    found = {
        (name_of(path), name.split(".")[0])
        for path in (PRODUCT / "matomo").rglob("*.py")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in [getattr(node, "module", None) or node.names[0].name]
    }
    assert {(path, name) for path, name in found if name in forbidden} == set()


# Sizes


def test_a_file_is_one_idea() -> None:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in PYTHON}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def function_lengths(paths: Iterable[Path]) -> dict[str, int]:
    """Lines of each function, from `def` to its end."""
    return {
        f"{name_of(path)}:{node.lineno} {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in paths
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_a_function_is_a_screen_at_most_and_most_are_ten_lines() -> None:
    lengths = function_lengths(SOURCES)
    assert {name: n for name, n in lengths.items() if n > MOST_LINES_OF_A_FUNCTION} == {}
    assert median(lengths.values()) <= MEDIAN_LINES_OF_A_FUNCTION


# State


def module_level_mutables(tree: ast.Module) -> Iterator[tuple[str, str, bool]]:
    """Name, annotation and whether it is private, of each list, dict or set of a module."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and is_mutable(node.value):
            for target in node.targets:
                yield ast.unparse(target), "", ast.unparse(target).startswith("_")
        elif isinstance(node, ast.AnnAssign) and node.value and is_mutable(node.value):
            name = ast.unparse(node.target)
            yield name, ast.unparse(node.annotation), name.startswith("_")


def is_mutable(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        return ast.unparse(value.func).split(".")[-1] in MUTABLE_CALLS
    return isinstance(value, MUTABLE)


def mutated_names(tree: ast.Module) -> Iterator[str]:
    """The names whose objects a module changes in place, or that a function assigns again."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            yield from node.names
        elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            yield ast.unparse(node.value)
        elif isinstance(node, ast.AugAssign):
            yield ast.unparse(node.target)
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in MUTATING
        ):
            yield ast.unparse(node.func.value)


def state_of(tree: ast.Module) -> set[str]:
    """Names that a module changes, and its public tables that are not annotated as read-only."""
    tables = [*module_level_mutables(tree)]
    changed = {name for name, _, _ in tables} & set(mutated_names(tree))
    shared = {
        name for name, kind, private in tables if not private and kind_of(kind) not in READ_ONLY
    }
    return changed | shared | {ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.Global)}


def kind_of(annotation: str) -> str:
    return annotation.partition("[")[0]


def test_a_module_keeps_no_state() -> None:
    found = {name_of(path): state_of(parsed(path)) for path in SOURCES}
    assert {name: state for name, state in found.items() if state} == {}


def test_state_would_be_found() -> None:
    module = ast.parse(
        "seen: Mapping[str, int] = {}\nshown = []\n_table: dict[str, int] = {}\n"
        "def f():\n    global last\n    seen.clear()\n"
    )
    assert state_of(module) == {"seen", "shown", "global last"}
