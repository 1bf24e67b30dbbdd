"""The house rules that a machine can check."""

import ast
import ipaddress
import re
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from statistics import median

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PACKAGE = "matomo_archive_exporter"
PRODUCT = ROOT / "exporter" / PACKAGE
ROOMS = ("matomo", "settings", "readings", "metrics", "web", "whatif", "check", "demo", "commands")

SOURCES = sorted(PRODUCT.rglob("*.py"))
PYTHON = sorted(chain(SOURCES, *((ROOT / name).rglob("*.py") for name in ("tests", "benchmarks"))))

# Which rooms and modules of ours each room may know; nobody walks back.
MAY_IMPORT = {
    "matomo": {"matomo"},
    "settings": {"settings", "matomo"},
    "readings": {"readings", "matomo", "settings"},
    "metrics": {"metrics", "readings", "matomo", ""},
    "web": {"web", "page", "metrics", "settings", ""},
}

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
    """The modules of ours that a file imports, without the name of the package."""
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


def room_of(module: str) -> str:
    """The room, or the module in the hall; nothing for the package itself (`__version__`)."""
    first = module.split(".")[0]
    in_the_hall = (PRODUCT / f"{first}.py").exists()
    return first if first in ROOMS or in_the_hall else ""


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_imports_point_down_the_street(room: str) -> None:
    files = sorted((PRODUCT / room).rglob("*.py"))
    astray = {
        (name_of(path), module)
        for path in files
        for module in imported(path)
        if room_of(module) not in MAY_IMPORT[room]
    }
    assert len(files) > 2
    assert astray == set()


def test_every_room_is_known_here() -> None:
    assert {path.parent.name for path in PRODUCT.glob("*/__init__.py")} == set(ROOMS)


def test_what_matomo_does_is_worked_out_without_a_clock_and_without_io() -> None:
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
    """The names whose objects a module changes in place, or that a function assigns anew."""
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
    """What a module changes, and the tables for others that are not annotated as read-only."""
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


# Addresses

URL_HOST = re.compile(
    r"\b[a-z][a-z0-9+.-]*://(?:[^\s/@\"'`]*@)?(\[[^\]\s]*\]|[\w.-]+)(?![\w.{-])", re.IGNORECASE
)
PRIVATE_NAME = re.compile(r"^[\w-]+$|\.(?:internal|intranet|lan|corp|home)$|(?<!\.cluster)\.local$")
# What runs on the machine of whoever reads it, by its name in compose.yaml too; and no host at all.
SERVICES = set(yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"])
ONE_OWN = {"localhost", "host", *SERVICES}
INDEX_OPTION = re.compile(r"(?<!emit-)\b(?:(?:extra-)?index[-_]url|find[-_]links)\b", re.IGNORECASE)
MACHINE_PATH = re.compile(r"(?<![\w./-])/(?:root|work|workspace|Users/\w+|home/\w+)(?:/|\b)")


def repository_texts() -> Iterator[tuple[str, str]]:
    """The text files that are part of the repository, or will be."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-zco", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        content = path.read_bytes() if path.is_file() else b"\0"
        if b"\0" not in content[:8192]:
            yield name, content.decode("utf-8", errors="replace")


def is_elsewhere(host: str) -> bool:
    """Whether a host is one that only some networks know."""
    host = host.strip("[]").lower()
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host not in ONE_OWN and PRIVATE_NAME.search(host) is not None
    return address.is_private and not address.is_loopback and not address.is_unspecified


def test_nothing_names_a_registry_or_a_path_of_one_machine() -> None:
    found = {
        (name, match.group())
        for name, text in repository_texts()
        if name != name_of(Path(__file__))
        for match in chain(INDEX_OPTION.finditer(text), MACHINE_PATH.finditer(text))
    }
    assert found == set()


def test_every_address_in_the_repository_is_one_that_everybody_knows() -> None:
    hosts = {
        (name, match[1])
        for name, text in repository_texts()
        if name.partition("/")[0] != "tests"  # tests make up addresses of their own
        and not name.endswith("/go.sum")  # hashes look like anything
        for match in URL_HOST.finditer(text)
    }
    assert len(hosts) > 3
    assert {(name, host) for name, host in hosts if is_elsewhere(host)} == set()


@pytest.mark.parametrize("host", ["mirror", "pypi.corp", "10.1.2.3", "[fd00::1]", "172.16.0.1"])
def test_a_private_address_would_be_found(host: str) -> None:
    match = URL_HOST.search(f"--flag https://user@{host}:8080/simple")
    assert match is not None
    assert is_elsewhere(match[1])


@pytest.mark.parametrize("option", ["--extra-index-url x", 'index_url = "x"', "--find-links x"])
def test_a_registry_would_be_found(option: str) -> None:
    assert INDEX_OPTION.search(option)
    assert not INDEX_OPTION.search("--no-emit-index-url")


@pytest.mark.parametrize("path", ["/root/x", "/home/me/x"])
def test_a_path_of_one_machine_would_be_found(path: str) -> None:
    assert MACHINE_PATH.search(path)
