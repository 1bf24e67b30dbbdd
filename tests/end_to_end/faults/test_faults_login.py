"""Passwords, files of passwords and certificates change or go away under a running exporter."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import PASSWORD, USER, Database
from tests.support import certificates
from tests.support.invariants import (
    CLOSED,
    OPTIONS,
    Watch,
    all_work,
    exporter_of,
    none_works,
    sane_matomo_on,
    unharmed,
)
from tests.support.private_server import PrivateServer
from tests.support.process import Exporter

ACCOUNT = f"{USER}@'127.0.0.1'"


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file with the password, which is right at the beginning of each test."""
    return tmp_path_factory.mktemp("secret") / "password"


@pytest.fixture(scope="module")
def exporter(matomo: Database, secret: Path) -> Iterator[Exporter]:
    """An exporter that has its password from the file."""
    secret.write_text(PASSWORD, encoding="utf-8")
    with Exporter(*matomo.flags, *OPTIONS, f"--database.password-file={secret}") as running:
        yield running


@pytest.fixture
def watch(exporter: Exporter, matomo: Database, secret: Path) -> Iterator[Watch]:
    secret.write_text(PASSWORD, encoding="utf-8")
    with unharmed(exporter, matomo) as watch:
        yield watch
        put_back(secret)


def put_back(secret: Path) -> None:
    """As it is done: a new file that takes the place of the old one."""
    new = secret.with_suffix(".new")
    new.write_text(f"{PASSWORD}\n", encoding="utf-8")
    if secret.is_dir():
        secret.rmdir()
    new.replace(secret)


def set_password(database: Database, password: str) -> None:
    with closing(database.connection.cursor()) as cursor:
        cursor.execute(f"ALTER USER {ACCOUNT} IDENTIFIED BY %s", (password,))


def test_a_password_that_is_changed_needs_a_new_file_and_no_restart(
    watch: Watch, matomo: Database, secret: Path
) -> None:
    set_password(matomo, "another one")
    try:
        page = watch.wait_for(none_works)
        assert watch.reasons(page) == {"access_denied"}
        secret.write_text("another one\n", encoding="utf-8")
        watch.wait_for(all_work)
    finally:
        set_password(matomo, PASSWORD)


def becomes_a_folder(secret: Path) -> None:
    secret.unlink()
    secret.mkdir()


def may_not_be_read(secret: Path) -> None:
    secret.unlink()
    secret.symlink_to(CLOSED)


def becomes_noise(secret: Path) -> None:
    secret.write_bytes(b"\xff\xfe\x00")


def becomes_empty(secret: Path) -> None:
    os.truncate(secret, 0)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (Path.unlink, "No such file or directory"),
        (becomes_a_folder, "Is a directory"),
        (may_not_be_read, "Permission denied"),
        (becomes_noise, "not UTF-8 text"),
        (becomes_empty, "Access denied"),  # an empty password is one, but not this user's
    ],
)
def test_a_password_file_that(
    watch: Watch, secret: Path, spoil: Callable[[Path], None], message: str
) -> None:
    spoil(secret)
    page = watch.wait_for(
        lambda page: none_works(page) and not page.values("matomo_archive_queue_sites")
    )
    assert watch.reasons(page) == {"access_denied"}
    assert message in watch.exporter.output


def test_a_certificate_and_its_authority_are_replaced_without_a_restart_of_the_exporter() -> None:
    """Between the two the exporter trusts the old authority, and so no server."""
    with tempfile.TemporaryDirectory() as name:  # one that the server's user may enter
        made = certificates.make(Path(name), "IP:127.0.0.1")
        options = [f"--ssl-ca={made.ca}", f"--ssl-cert={made.cert}", f"--ssl-key={made.key}"]
        with PrivateServer(options) as server, sane_matomo_on(server) as matomo:
            trusted = Path(name) / "trusted.pem"
            trusted.write_bytes(made.ca.read_bytes())
            verify = ("--database.ssl-mode=verify", f"--database.ssl-ca={trusted}")
            with exporter_of(matomo, *verify) as running, unharmed(running, matomo) as watch:
                certificates.make(Path(name), "IP:127.0.0.1")
                server.restart()
                page = watch.wait_for(lambda page: "certificate verify failed" in running.output)
                page = watch.wait_for(none_works)
                assert watch.reasons(page) <= {"unreachable", "lost_connection"}
                trusted.write_bytes(made.ca.read_bytes())
                watch.wait_for(all_work)
