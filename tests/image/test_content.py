"""The files of the image, and those that it must not have."""

import hashlib
import json
import os
import re
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

from matomo_archive_exporter import __version__
from tests.support.container import RUN, Image
from tests.support.delivery import delivery_tool
from tests.support.doc_commands import INSTALL
from tests.support.process import REPOSITORY

MEGABYTE = 1_000_000
NOT_NEEDED = re.compile(
    r"^(ba|da|z|k|c|a)?sh$|^busybox$|^(apt|dpkg)|^pip[\d.]*$|^(gcc|cc|g\+\+|as|ld|make)$|^perl|^curl$|^wget$"
)
IMPORT_ALL = """
import importlib, pkgutil, matomo_archive_exporter as package
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
        print(module.name)
"""


def everything(files: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for path in files.rglob("*"):
        yield path, path.lstat()


def is_link(info: os.stat_result) -> bool:
    return stat.S_ISLNK(info.st_mode)


def test_the_dockerfile_is_without_fault_to_hadolint() -> None:
    subprocess.run([delivery_tool("hadolint"), REPOSITORY / "Dockerfile"], check=True)


def test_the_base_is_pinned_by_digest_in_one_place() -> None:
    text = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
    assert len(re.findall(r"\bsha256:[0-9a-f]{64}\b", text)) == 1
    bases = set(re.findall(r"^FROM (\S+)", text, re.MULTILINE))
    assert bases == {"${BASE_NAME}${BASE_DIGEST:+@}${BASE_DIGEST}", "scratch"}


def test_it_is_below_25_megabytes_compressed(image: Image) -> None:
    size = image.compressed_bytes() / MEGABYTE
    print(f"compressed: {size:.1f} MB")
    assert size < 25
    (reported,) = re.findall(r"(\d+) MB to fetch", INSTALL.read_text(encoding="utf-8"))
    assert abs(size - int(reported)) < 1, "docs/install.md says something else"


def test_interpreter_and_application_are_two_layers(image: Image) -> None:
    interpreter, application = ([file.name for file in layer] for layer in image.layers())
    assert not [name for name in interpreter if name.startswith("opt/exporter")]
    assert {name for name in application if not name.startswith("opt/exporter")} <= {"opt", "opt/"}


def test_the_time_of_a_build_is_not_in_the_interpreters_layer(image: Image) -> None:
    interpreter, _ = image.layers()
    assert len({file.mtime for file in interpreter if file.isfile()}) == 1


def test_only_root_can_write_outside_tmp(files: Path) -> None:
    found = [
        path.relative_to(files)
        for path, info in everything(files)
        if not is_link(info) and (info.st_uid or info.st_gid or info.st_mode & 0o022)
    ]
    assert found == [Path("tmp")]
    assert stat.S_IMODE((files / "tmp").stat().st_mode) == 0o1777


def test_every_user_can_read_every_file(files: Path) -> None:
    closed = [path for path, info in everything(files) if not info.st_mode & 0o004]
    assert not closed


def test_nothing_raises_privileges(files: Path) -> None:
    assert not [path for path, info in everything(files) if info.st_mode & 0o6000]


def test_the_image_has_no_shell_no_package_manager_and_no_compiler(files: Path) -> None:
    programs = {
        path.name
        for path, info in everything(files)
        if stat.S_ISREG(info.st_mode) and info.st_mode & 0o111
    }
    assert "matomo-archive-exporter" in programs
    assert not [name for name in programs if NOT_NEEDED.search(name)]
    assert not list(files.rglob("pip"))
    assert not list(files.rglob("ensurepip"))


def test_the_driver_is_there_without_its_c_libraries(files: Path) -> None:
    (driver,) = files.rglob("site-packages/mysql")
    assert not list(driver.rglob("*.so*"))
    assert not list(driver.parent.glob("_mysql_connector*"))
    size = sum(info.st_size for _, info in everything(driver))
    assert size < 4 * MEGABYTE


def test_every_module_of_the_exporter_imports(image: Image) -> None:
    done = image.run("-c", IMPORT_ALL, entrypoint="/opt/exporter/bin/python3")
    assert done.status == 0, done.err
    sources = (REPOSITORY / "exporter").rglob("*.py")
    ours = [path for path in sources if path.name not in ("__init__.py", "__main__.py")]
    packages = list((REPOSITORY / "exporter").rglob("__init__.py"))
    assert len(done.out.split()) == len(ours) + len(packages) - 1  # the package itself


def test_packages_are_listed_where_scanners_look(files: Path) -> None:
    listed = {path.name for path in (files / "var/lib/dpkg/status.d").iterdir()}
    assert {"libc6", "libssl3t64", "zlib1g"} <= listed
    status = (files / "var/lib/dpkg/status.d/libc6").read_text(encoding="utf-8")
    assert "Package: libc6" in status
    assert "Version: " in status


def test_it_brings_the_authorities_of_its_base_and_not_those_of_the_machine_that_built_it(
    files: Path,
) -> None:
    name = "etc/ssl/certs/ca-certificates.crt"
    base = subprocess.run(
        ["podman", "images", "--format={{.Repository}}:{{.Tag}}", "--filter=reference=*-base"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()[0]
    theirs = subprocess.run([*RUN, base, "cat", f"/{name}"], check=True, capture_output=True).stdout
    ours = (files / name).read_bytes()
    assert hashlib.sha256(ours).digest() == hashlib.sha256(theirs).digest()
    assert not (files / "etc/pip.conf").exists()
    # Where pip had it from: a folder of the build, and no index of that machine.
    places = [json.loads(path.read_text())["url"] for path in files.rglob("direct_url.json")]
    assert all(place.startswith("file:///wheel/") for place in places)


def test_python_finds_every_one_of_these_authorities(image: Image, files: Path) -> None:
    bundle = (files / "etc/ssl/certs/ca-certificates.crt").read_text(encoding="ascii")
    code = "import ssl; print(len(ssl.create_default_context().get_ca_certs()))"
    found = image.run("-c", code, entrypoint="/opt/exporter/bin/python3").out
    assert int(found) == bundle.count("BEGIN CERTIFICATE") > 100


def test_time_zones_are_there(image: Image) -> None:
    code = "import zoneinfo; print(zoneinfo.ZoneInfo('Pacific/Auckland'))"
    assert image.run("-c", code, entrypoint="/opt/exporter/bin/python3").out == "Pacific/Auckland\n"


def test_it_says_how_it_is_run_and_what_it_is(image: Image) -> None:
    config = image.config()
    assert config["User"] == "65532:65532"
    assert config["Entrypoint"] == ["matomo-archive-exporter"]
    assert list(config["ExposedPorts"]) == ["16286/tcp"]
    assert config["StopSignal"] == "SIGTERM"
    assert config["Healthcheck"]["Test"] == ["CMD", "matomo-archive-exporter", "healthy"]


def test_its_labels_are_those_of_the_commit_and_version(image: Image) -> None:
    prefix = "org.opencontainers.image."
    labels = {
        name.removeprefix(prefix): value
        for name, value in image.config()["Labels"].items()
        if name.startswith(prefix)
    }
    log = ["git", "-C", str(REPOSITORY), "-c", "safe.directory=*", "log", "-1", "--format=%H %cI"]
    commit = subprocess.run(log, check=True, capture_output=True, text=True).stdout.split()
    assert labels["version"] == __version__
    assert [labels["revision"], labels["created"]] == commit
    assert labels["licenses"] == "Apache-2.0"
    assert {"title", "description", "source", "documentation"} <= set(labels)


def test_its_labels_name_its_base(image: Image) -> None:
    labels = image.config()["Labels"]
    prefix = "org.opencontainers.image.base."
    name, digest = labels[f"{prefix}name"], labels[f"{prefix}digest"]
    known = ["podman", "image", "inspect", "--format={{.Digest}}", name]
    assert subprocess.run(known, check=True, capture_output=True, text=True).stdout == f"{digest}\n"


def test_no_secret_and_no_setting_of_the_exporter_is_baked_in(image: Image) -> None:
    assert not [variable for variable in image.config()["Env"] if "MATOMO" in variable]
