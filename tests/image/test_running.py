"""The image at work: no root, no capabilities, a read-only file system, servers with TLS."""

import os
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from matomo_archive_exporter.demo.private_server import free_port
from tests.conftest import PASSWORD, Database, new_database
from tests.support import certificates, everything, servers
from tests.support.accounts import account
from tests.support.certificates import Certificates
from tests.support.container import Image, execute
from tests.support.folders import public_folder
from tests.support.process import SOON, Exporter
from tests.support.running import EVERY_HOUR
from tests.support.scrape import basic
from tests.support.web_config import ALICE, WebConfig, users
from tests.support.web_config import PASSWORD as ALICES_PASSWORD

SECRETS = "/run/secrets"
MARIADB, MYSQL = "mariadb", "mysql-8.0"
PLUGINS = [(name, plugin) for name in (MARIADB, MYSQL) for plugin in servers.KINDS[name].plugins]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder for files that containers and servers read as any user."""
    with public_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def ours(folder: Path) -> Certificates:
    """The servers' certificate, and the authority that signed it."""
    place = folder / "tls"
    place.mkdir()
    return certificates.make(place, "IP:127.0.0.1", rsa=True)


@contextmanager
def secure(name: str, ours: Certificates) -> Iterator[Database]:
    """A database with everything in it, on a server with TLS."""
    options = [f"--ssl-ca={ours.ca}", f"--ssl-cert={ours.cert}", f"--ssl-key={ours.key}"]
    with servers.KINDS[name].private(options) as server:
        made = new_database(server)
        with closing(made.connection):
            everything.load(made.connection)
            yield made


@pytest.fixture(scope="module")
def matomo(ours: Certificates) -> Iterator[Database]:
    """On MariaDB."""
    with secure(MARIADB, ours) as made:
        yield made


@pytest.fixture(scope="module")
def on_mysql(ours: Certificates) -> Iterator[Database]:
    """On MySQL 8.0."""
    with secure(MYSQL, ours) as made:
        yield made


@pytest.fixture(scope="module")
def secrets(folder: Path, ours: Certificates) -> dict[Path, str]:
    """The password and the authority, as files where containers have them."""
    place = folder / "secrets"
    place.mkdir()
    (place / "password").write_text(PASSWORD, encoding="utf-8")
    (place / "ca.pem").write_bytes(ours.ca.read_bytes())
    return {place: SECRETS}


def flags(database: Database) -> list[str]:
    return [
        *database.flags,
        f"--database.password-file={SECRETS}/password",
        "--database.ssl-mode=verify",
        f"--database.ssl-ca={SECRETS}/ca.pem",
    ]


@pytest.fixture(scope="module")
def exporter(image: Image, matomo: Database, secrets: dict[Path, str]) -> Iterator[Exporter]:
    """One that has read the database over TLS."""
    program = image.command(secrets, name="exporter-scraped")
    with Exporter(*flags(matomo), EVERY_HOUR, program=program) as running:
        running.wait_for(lambda page: page.up)
        yield running


def test_it_serves_what_it_read_over_verified_tls(exporter: Exporter) -> None:
    page = exporter.scrape()
    assert page.value("matomo_archive_queue_sites")
    assert page.value("matomo_archive_exporter_build_info", driver="pure") == 1


def test_it_is_healthy_to_its_own_health_check(exporter: Exporter) -> None:
    assert exporter.get("/-/healthy").status == 200
    where = f"--web.listen-address=127.0.0.1:{exporter.port}"
    asked = execute("exporter-scraped", "matomo-archive-exporter", "healthy", where)
    assert (asked.status, asked.out) == (0, "healthy\n")


def test_people_can_ask_it_what_works_and_what_to_do(
    image: Image, matomo: Database, secrets: dict[Path, str]
) -> None:
    checked = image.run("check", *flags(matomo), mounts=secrets)
    assert checked.status == 0, checked.out + checked.err
    assert "TLS" in checked.out
    assert "core:archive" in image.run("advise", *flags(matomo), mounts=secrets).out


@pytest.mark.parametrize(("kind", "plugin"), PLUGINS)
def test_each_way_to_check_a_password_works_over_tls(
    image: Image,
    request: pytest.FixtureRequest,
    folder: Path,
    ours: Certificates,
    kind: str,
    plugin: str,
) -> None:
    database: Database = request.getfixturevalue("matomo" if kind == MARIADB else "on_mysql")
    place = folder / f"{kind}-{plugin}"
    place.mkdir()
    with account(database, "plugged", "p'\\wörd", plugin) as user:
        user.may_select("*")
        (place / "password").write_text(user.password, encoding="utf-8")
        (place / "ca.pem").write_bytes(ours.ca.read_bytes())
        login = [*flags(database), f"--database.username={user.name}"]
        page = image.run("once", *login, mounts={place: SECRETS})
    assert page.status == 0, page.err
    assert "\nmatomo_up 1.0\n" in page.out


@pytest.mark.parametrize("trusted", [True, False], ids=["one of them", "no one"])
def test_without_an_authority_of_its_own_the_server_is_verified_against_the_systems(
    image: Image, matomo: Database, secrets: dict[Path, str], ours: Certificates, trusted: bool
) -> None:
    system = {ours.ca: "/etc/ssl/certs/ca-certificates.crt"} if trusted else {}
    verified = [flag for flag in flags(matomo) if not flag.startswith("--database.ssl-ca")]
    page = image.run("once", *verified, mounts={**secrets, **system})
    assert f"\nmatomo_up {trusted:.1f}\n" in page.out, page.err


def test_sigterm_ends_it_soon(image: Image, matomo: Database, secrets: dict[Path, str]) -> None:
    with Exporter(*flags(matomo), program=image.command(secrets)) as running:
        running.wait_for(lambda page: page.up)
        status, seconds = running.stop(signal.SIGTERM)
        assert (status, seconds < SOON) == (0, True), running.output
        assert "msg=stopped" in running.output


def test_sigterm_ends_it_before_its_database_has_answered(image: Image) -> None:
    with Exporter(
        "--database.username=u", "--database.host=192.0.2.1", program=image.command()
    ) as running:
        assert running.stop(signal.SIGTERM)[0] == 0


def test_tls_and_users_work_in_it_and_its_health_check_needs_neither(
    image: Image, matomo: Database, secrets: dict[Path, str], folder: Path
) -> None:
    place = folder / "web"
    place.mkdir()
    web = WebConfig.make(place, basic_auth_users=users())
    for path in place.iterdir():
        path.chmod(0o644)
    mounts = {**secrets, place: "/etc/exporter"}
    config = "--web.config.file=/etc/exporter/web.yml"
    name = f"exporter-guarded-{os.getpid()}"
    program = image.command(mounts, name=name)
    with Exporter(*flags(matomo), config, program=program, tls=web.client()) as running:
        assert running.get("/metrics").status == 401
        login = basic(ALICE, ALICES_PASSWORD)
        assert running.get("/metrics", authorization=login).status == 200
        where = f"--web.listen-address=127.0.0.1:{running.port}"
        asked = execute(name, "matomo-archive-exporter", "healthy", where, config)
        assert asked.status == 0, asked.out + asked.err


def test_the_demo_says_what_it_lacks(image: Image) -> None:
    demo = image.run("demo", f"--web.listen-address=127.0.0.1:{free_port()}")
    assert demo.status == 2
    assert len(demo.err.splitlines()) == 2, demo.err  # what it begins with, and what is missing
    assert "MariaDB" in demo.err
