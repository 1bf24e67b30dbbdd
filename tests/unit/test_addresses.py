"""No file names a registry, a path of one machine, or an address that only some networks know."""

import ipaddress
import re
import subprocess
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]

URL_HOST = re.compile(
    r"\b[a-z][a-z0-9+.-]*://(?:[^\s/@\"'`]*@)?(\[[^\]\s]*\]|[\w.-]+)(?![\w.{-])", re.IGNORECASE
)
PRIVATE_NAME = re.compile(r"^[\w-]+$|\.(?:internal|intranet|lan|corp|home)$|(?<!\.cluster)\.local$")
# Services on the reader's own machine, also by their names in compose.yaml; and no host at all.
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
        if name != str(Path(__file__).relative_to(ROOT))
        for match in chain(INDEX_OPTION.finditer(text), MACHINE_PATH.finditer(text))
    }
    assert found == set()


def test_every_address_in_the_repository_is_public() -> None:
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
