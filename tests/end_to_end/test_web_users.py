"""Users with passwords: who gets access. test_web_login_costs.py tests the cost of a login."""

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


@pytest.mark.parametrize(("path", "method"), GUARDED)
def test_strangers_are_asked_for_a_login_and_learn_nothing(
    guarded: Exporter, path: str, method: str
) -> None:
    response = fetch(f"{guarded.url}{path}", method, guarded.tls)
    wrong = fetch(f"{guarded.url}{path}", method, guarded.tls, authorization=basic(ALICE, "wrong"))
    assert (response.status, wrong.status) == (401, 401)
    assert response.headers["www-authenticate"].startswith("Basic")
    assert response.body == wrong.body


@pytest.mark.parametrize("path", ["/-/healthy", "/-/ready"])
def test_health_needs_no_login(guarded: Exporter, path: str) -> None:
    assert fetch(f"{guarded.url}{path}", tls=guarded.tls).status == 200
    wrong = basic(ALICE, "wrong")
    assert fetch(f"{guarded.url}{path}", tls=guarded.tls, authorization=wrong).status == 200


@pytest.mark.parametrize("path", LIKE_HEALTH)
def test_paths_that_only_resemble_the_health_checks_are_guarded(
    guarded: Exporter, path: str
) -> None:
    assert fetch(f"{guarded.url}{path}", tls=guarded.tls).status == 401


def test_a_known_user_gets_every_answer(guarded: Exporter) -> None:
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
