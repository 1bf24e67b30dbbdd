"""Users with passwords: who is let in. What a login costs is in test_web_login_costs.py."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.conftest import Database
from tests.support.hostile import Victim
from tests.support.process import Exporter
from tests.support.running import EVERY_HOUR, PASSWORD_VARIABLE
from tests.support.scrape import basic, fetch
from tests.support.web_config import ALICE, PASSWORD, WebConfig, hashed, users

# From the exporter-toolkit's own test data.
TOOLKIT = ("toolkit", "alice123", "$2y$12$1DpfPeqF9HzHJt.EWswy1exHluGfbhnn3yXhR7Xes6m3WJqFg0Wby")
LONG = "long " * 20
VERSIONS = ("2a", "2b", "2y")
GUARDED = (("/metrics", "GET"), ("/", "GET"), ("/nowhere", "GET"), ("/metrics", "POST"))
LIKE_HEALTH = (
    *("//-/healthy", "/-/healthy/", "/-/healthy/../../metrics", "/-/healthy%00"),
    *("/-/../metrics", "/metrics?/-/healthy", "/metrics;/-/healthy", "/-/Healthy"),
)
REFUSED: dict[str, dict[str, str]] = {
    "no login": {},
    "wrong password": {"authorization": basic(ALICE, "wrong")},
    "unknown user": {"authorization": basic("mallory", PASSWORD)},
    "no base64": {"authorization": "Basic *"},
    "zero byte": {"authorization": basic(ALICE, f"{PASSWORD}\0")},
}


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> WebConfig:
    """A file with TLS and users whose hashes are of all versions."""
    logins = users(lengthy=LONG) | {version: hashed(version, 5, version) for version in VERSIONS}
    logins[TOOLKIT[0]] = TOOLKIT[2]
    return WebConfig.make(tmp_path_factory.mktemp("web"), basic_auth_users=logins)


@pytest.fixture(scope="module")
def guarded(matomo: Database, web: WebConfig) -> Iterator[Exporter]:
    """An exporter with these users."""
    arguments = (*matomo.flags, EVERY_HOUR, web.flag)
    login = basic(ALICE, PASSWORD)
    with Exporter(
        *arguments, variables=PASSWORD_VARIABLE, tls=web.client(), login=login
    ) as running:
        running.wait_for(lambda page: page.up)
        yield running


@pytest.fixture(scope="module")
def plain(matomo: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exporter]:
    """An exporter with a user and without TLS."""
    web = WebConfig.make(tmp_path_factory.mktemp("plain"))
    web.write(basic_auth_users=users())
    arguments = (*matomo.flags, EVERY_HOUR, web.flag)
    login = basic(ALICE, PASSWORD)
    with Exporter(*arguments, variables=PASSWORD_VARIABLE, login=login) as running:
        yield running


@pytest.mark.parametrize("login", REFUSED)
def test_who_is_not_known_gets_401_and_is_asked_for_a_login(guarded: Exporter, login: str) -> None:
    url = f"{guarded.url}/metrics"
    response = fetch(url, tls=guarded.tls, **REFUSED[login])
    assert response.status == 401
    assert response.headers["www-authenticate"].startswith("Basic")
    assert response.body == fetch(url, tls=guarded.tls).body


@pytest.mark.parametrize(("path", "method"), GUARDED)
def test_strangers_do_not_learn_what_is_there(guarded: Exporter, path: str, method: str) -> None:
    assert fetch(f"{guarded.url}{path}", method, guarded.tls).status == 401


@pytest.mark.parametrize("path", ["/-/healthy", "/-/ready"])
def test_health_is_told_to_everybody(guarded: Exporter, path: str) -> None:
    assert fetch(f"{guarded.url}{path}", tls=guarded.tls).status == 200
    wrong = basic(ALICE, "wrong")
    assert fetch(f"{guarded.url}{path}", tls=guarded.tls, authorization=wrong).status == 200


@pytest.mark.parametrize("path", LIKE_HEALTH)
def test_what_only_resembles_the_health_checks_is_guarded(guarded: Exporter, path: str) -> None:
    assert fetch(f"{guarded.url}{path}", tls=guarded.tls).status == 401


def test_who_is_known_finds_everything_as_ever(guarded: Exporter) -> None:
    assert [guarded.get(*asked).status for asked in GUARDED] == [200, 200, 404, 405]


@pytest.mark.parametrize(
    ("name", "password"),
    [*((version, version) for version in VERSIONS), TOOLKIT[:2], ("lengthy", LONG)],
)
def test_hashes_of_every_version_work(guarded: Exporter, name: str, password: str) -> None:
    def code(given: str) -> int:
        return guarded.get("/metrics", authorization=basic(name, given)).status

    assert [code(password), code(f"x{password}"), code(password)] == [200, 401, 200]


def test_two_logins_in_one_request_are_none(guarded: Exporter) -> None:
    victim = Victim(guarded.port, guarded.tls, guarded.login)
    twice = victim.request().replace(b"\r\n\r\n", b"\r\nAuthorization: Basic eDp5\r\n\r\n")
    with closing(victim.enter()) as client:
        client.sendall(twice)
        assert client.recv(20).startswith(b"HTTP/1.1 40")


def test_a_login_counts_for_its_request_only(guarded: Exporter) -> None:
    with guarded.connect() as kept:
        assert kept.ask("/metrics", authorization=guarded.login).status == 200
        assert kept.ask("/metrics").status == 401
        assert kept.ask("/metrics", authorization=guarded.login).status == 200


def test_neither_passwords_nor_hashes_are_logged_or_served(guarded: Exporter) -> None:
    shown = guarded.output + guarded.get("/metrics").text + guarded.get("/").text
    assert [text for text in (PASSWORD, guarded.login.split()[1], "$2") if text in shown] == []


def test_users_without_tls_are_warned_of(plain: Exporter, guarded: Exporter) -> None:
    assert [plain.get("/metrics").status, fetch(f"{plain.url}/metrics").status] == [200, 401]

    def warnings(running: Exporter) -> list[str]:
        lines = running.output.splitlines()
        return [line for line in lines if "level=warning" in line and "TLS" in line]

    assert len(warnings(plain)) == 1
    assert warnings(guarded) == []
