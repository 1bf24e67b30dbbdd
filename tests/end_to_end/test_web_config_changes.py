"""The web config file changes while the exporter runs: valid changes apply within seconds.

Certificates that are replaced are in test_web_certificates_replaced.py.
"""

import http.client
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Database
from tests.support.certificates import Authority
from tests.support.process import Exporter, wait_until
from tests.support.running import EVERY_HOUR, PASSWORD_VARIABLE
from tests.support.scrape import Connection, basic, fetch
from tests.support.web_config import (
    ALICE,
    PASSWORD,
    WebConfig,
    client_certificates,
    hashed,
    replace,
    tls,
    users,
)

SOON = 3.0  # seconds until a change is in force
ALICES = basic(ALICE, PASSWORD)
BOBS = basic("bob", "bob's")


@pytest.fixture
def web(tmp_path: Path) -> WebConfig:
    """A file with TLS and Alice."""
    return WebConfig.make(tmp_path, basic_auth_users=users())


@pytest.fixture
def running(matomo: Database, web: WebConfig) -> Iterator[Exporter]:
    """An exporter with that file, which does not end before the test."""
    arguments = (*matomo.flags, EVERY_HOUR, web.flag)
    variables = PASSWORD_VARIABLE
    with Exporter(*arguments, variables=variables, tls=web.client(), login=ALICES) as exporter:
        exporter.wait_for(lambda page: page.up)
        yield exporter
        assert exporter.process.poll() is None
        assert "Traceback" not in exporter.output


def errors(running: Exporter) -> list[str]:
    return [line for line in running.output.splitlines() if "level=error" in line]


def code(running: Exporter, login: str = "") -> int:
    headers = {"authorization": login} if login else {}
    return fetch(f"{running.url}/metrics", tls=running.tls, **headers).status


def soon(condition: Callable[[], object], what: str) -> None:
    wait_until(condition, what, SOON)


def test_users_come_change_their_password_and_go(running: Exporter, web: WebConfig) -> None:
    def write(**logins: str) -> None:
        web.write(tls_server_config=tls(), basic_auth_users=logins)

    alice = hashed(PASSWORD)
    with running.connect() as kept:

        def codes() -> list[int]:
            """Of Alice and Bob on a connection from before, and on new ones."""
            before = [kept.ask("/metrics", authorization=login).status for login in (ALICES, BOBS)]
            return [*before, code(running, ALICES), code(running, BOBS)]

        assert codes() == [200, 401, 200, 401]
        write(alice=alice, bob=hashed("bob's"))
        soon(lambda: codes() == [200, 200, 200, 200], "Bob has come")
        write(alice=alice, bob=hashed("changed"))
        soon(lambda: codes() == [200, 401, 200, 401], "Bob's old password does not count")
        assert code(running, basic("bob", "changed")) == 200
        write(bob=hashed("bob's"))
        soon(lambda: codes() == [401, 200, 401, 200], "Alice has gone")
    assert errors(running) == []


def test_a_bad_or_missing_file_is_ignored_and_reported_once(
    running: Exporter, web: WebConfig
) -> None:
    replace(web.path, "basic_auth_users: {alice: secret-of-alice}")
    wait_until(lambda: len(errors(running)) == 1, "the fault is logged")
    assert [code(running, ALICES), code(running)] == [200, 401]
    web.path.unlink()
    wait_until(lambda: len(errors(running)) == 2, "the loss is logged")
    assert [code(running, ALICES), code(running)] == [200, 401]
    assert all(str(web.path) in line for line in errors(running))
    assert "secret-of-alice" not in running.output
    web.write(tls_server_config=tls(), basic_auth_users={"bob": hashed("bob's")})
    soon(lambda: code(running, BOBS) == 200, "the new file is in force")
    assert len(errors(running)) == 2


def test_a_removed_authority_no_longer_vouches_for_clients(
    matomo: Database, web: WebConfig, tmp_path: Path
) -> None:
    old, new = (Authority.make(tmp_path, name) for name in ("old", "new"))
    olds, news = (web.client(each.issue(f"one of {each.cert.stem}")) for each in (old, new))
    web.write(tls_server_config=client_certificates("old.pem"))
    arguments = (*matomo.flags, EVERY_HOUR, web.flag)
    with (
        Exporter(*arguments, variables=PASSWORD_VARIABLE, tls=web.client()) as exporter,
        exporter.connect(olds) as kept,
        exporter.connect(olds) as idle,
    ):
        url = f"{exporter.url}/metrics"
        assert kept.ask("/metrics").status == fetch(url, tls=olds).status == 200
        assert idle.ask("/metrics").status == 200
        web.write(tls_server_config=client_certificates("new.pem"))
        soon(lambda: is_refused(kept), "the client that asks again and again")
        assert is_refused(idle)
        assert is_refused(Connection(exporter.url, olds))
        assert fetch(url, tls=news).status == 200
        replace(tmp_path / "new.pem", old.cert.read_bytes())
        soon(lambda: not is_refused(Connection(exporter.url, olds)), "the same path, another CA")


def test_a_demand_for_certificates_holds_for_connections_from_before(
    running: Exporter, web: WebConfig, tmp_path: Path
) -> None:
    known = Authority.make(tmp_path, "clients")
    with running.connect() as kept:
        assert kept.ask("/metrics", authorization=ALICES).status == 200
        web.write(tls_server_config=client_certificates(), basic_auth_users=users())
        soon(lambda: is_refused(kept, ALICES), "who never showed one")
    with running.connect(web.client(known.issue("one"))) as shown:
        assert not is_refused(shown, ALICES)


def is_refused(connection: Connection, login: str = "") -> bool:
    """Whether a request is forbidden, on a connection that is open or is made now; a closed one
    counts too.
    """
    headers = {"authorization": login} if login else {}
    try:
        if connection.is_open:
            return connection.ask("/metrics", **headers).status == 403
        with connection:
            return connection.ask("/metrics", **headers).status == 403
    except (OSError, http.client.HTTPException):
        return True
