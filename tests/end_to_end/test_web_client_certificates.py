"""Clients that must or may show a certificate, and clients that are refused."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.conftest import Database
from tests.support.certificates import Authority
from tests.support.process import Exporter, wait_until
from tests.support.running import EVERY_HOUR, PASSWORD_VARIABLE
from tests.support.scrape import basic, fetch
from tests.support.web_config import ALICE, PASSWORD, WebConfig, client_certificates, tls, users

HEALTH = ("/-/healthy", "/-/ready")
GUARDED = (("/metrics", "GET"), ("/", "GET"), ("/nowhere", "GET"), ("/metrics", "POST"))
ALLOWED = ["prometheus.example", "10.1.2.3", "ops@example.com", "spiffe://example/prometheus"]


@dataclass(frozen=True, slots=True)
class Clients:
    """A web config, and the contexts of clients of several kinds."""

    web: WebConfig
    known: ssl.SSLContext
    foreign: ssl.SSLContext
    anonymous: ssl.SSLContext

    @property
    def authority(self) -> Authority:
        """That of the known ones."""
        return Authority(*(self.web.path.parent / f"clients{end}.pem" for end in ("", "-key")))

    def with_names(self, names: str) -> ssl.SSLContext:
        """A known one whose certificate has these names."""
        return self.web.client(self.authority.issue("one", names, "clientAuth"))


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Clients:
    """Those of the authority `clients.pem`, of another one, and without a certificate."""
    folder = tmp_path_factory.mktemp("web")
    web = WebConfig.make(folder)
    known, foreign = (Authority.make(folder, name) for name in ("clients", "strangers"))
    return Clients(
        web,
        known=web.client(known.issue("known", "DNS:known", "clientAuth")),
        foreign=web.client(foreign.issue("foreign", "DNS:known", "clientAuth")),
        anonymous=web.client(),
    )


SECTIONS: dict[str, dict[str, object]] = {
    "demanded": {"tls_server_config": client_certificates()},
    "optional": {
        "tls_server_config": client_certificates(client_auth_type="VerifyClientCertIfGiven")
    },
    "looked at": {"tls_server_config": tls(client_auth_type="RequestClientCert")},
    "names": {"tls_server_config": client_certificates(client_allowed_sans=ALLOWED)},
    "both": {"tls_server_config": client_certificates(), "basic_auth_users": users()},
}


@pytest.fixture(scope="module")
def running(
    matomo: Database, clients: Clients, request: pytest.FixtureRequest
) -> Iterator[Exporter]:
    """An exporter with these sections."""
    clients.web.write(**SECTIONS[request.param])
    arguments = (*matomo.flags, EVERY_HOUR, clients.web.flag)
    tls = clients.anonymous
    with Exporter(*arguments, variables=PASSWORD_VARIABLE, tls=tls) as exporter:
        wait_until(lambda: exporter.get("/-/ready").status == 200, "it has read")
        yield exporter


def having(section: str) -> pytest.MarkDecorator:
    """For an exporter with one of the sections above."""
    return pytest.mark.parametrize("running", [section], indirect=True)


def status(
    running: Exporter, context: ssl.SSLContext, path: str = "/metrics", method: str = "GET"
) -> int:
    return fetch(f"{running.url}{path}", method, tls=context).status


def is_refused_in_the_handshake(running: Exporter, context: ssl.SSLContext) -> bool:
    """With TLS 1.3 a client learns of it when it reads for the first time."""
    try:
        status(running, context, "/-/healthy")
    except (ssl.SSLError, ConnectionError):
        return True
    return False


@having("demanded")
def test_a_certificate_that_serves_another_end_is_refused(
    running: Exporter, clients: Clients
) -> None:
    of_the_servers_authority = clients.web.authority.issue("insider", "DNS:known", "clientAuth")
    for_servers = clients.authority.issue("for-servers", "DNS:known", "serverAuth")
    expired = clients.authority.issue("expired", "DNS:known", "clientAuth", days=-1)
    for pair in (of_the_servers_authority, for_servers, expired):
        assert is_refused_in_the_handshake(running, clients.web.client(pair))


@having("demanded")
@pytest.mark.parametrize(("path", "method"), GUARDED)
def test_without_a_certificate_everything_is_forbidden(
    running: Exporter, clients: Clients, path: str, method: str
) -> None:
    response = fetch(f"{running.url}{path}", method, tls=clients.anonymous)
    assert response.status == 403
    assert "matomo_" not in response.text


@having("demanded")
@pytest.mark.parametrize("path", HEALTH)
def test_health_needs_no_client_certificate(running: Exporter, clients: Clients, path: str) -> None:
    assert status(running, clients.anonymous, path) == 200


@having("demanded")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_with_a_certificate_everything_is_as_without_the_demand(
    running: Exporter, clients: Clients, version: ssl.TLSVersion
) -> None:
    context = clients.with_names("DNS:whatever")
    context.minimum_version = context.maximum_version = version
    found = [
        status(running, context, *asked) for asked in (*GUARDED, *((p, "GET") for p in HEALTH))
    ]
    assert found == [200, 200, 404, 405, 200, 200]


@having("demanded")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_certificate_of_an_unknown_authority_fails_in_the_handshake(
    running: Exporter, clients: Clients, version: ssl.TLSVersion
) -> None:
    clients.foreign.maximum_version = version
    assert is_refused_in_the_handshake(running, clients.foreign)


@having("demanded")
def test_a_kept_connection_is_looked_at_with_every_request(
    running: Exporter, clients: Clients
) -> None:
    with running.connect(clients.anonymous) as kept:
        asked = ("/-/healthy", "/metrics", "/-/ready", "/metrics")
        assert [kept.ask(path).status for path in asked] == [200, 403, 200, 403]


@having("demanded")
def test_refused_clients_are_not_logged_one_by_one(running: Exporter, clients: Clients) -> None:
    before = running.output
    for _ in range(20):
        assert status(running, clients.anonymous) == 403
        assert is_refused_in_the_handshake(running, clients.foreign)
    assert len(running.output.removeprefix(before).splitlines()) <= 3
    assert "Traceback" not in running.output


@having("optional")
def test_verify_if_given_accepts_clients_with_none_or_a_good_one(
    running: Exporter, clients: Clients
) -> None:
    assert status(running, clients.anonymous) == 200
    assert status(running, clients.known) == 200
    assert is_refused_in_the_handshake(running, clients.foreign)


@having("looked at")
def test_request_accepts_every_client(running: Exporter, clients: Clients) -> None:
    every_client = (clients.anonymous, clients.known, clients.foreign)
    assert [status(running, context) for context in every_client] == [200, 200, 200]


@having("names")
@pytest.mark.parametrize(
    ("names", "code"),
    [("DNS:other,URI:spiffe://example/prometheus", 200), ("DNS:grafana.example", 403)],
)
def test_only_the_names_that_are_allowed(
    running: Exporter, clients: Clients, names: str, code: int
) -> None:
    context = clients.with_names(names)
    assert status(running, context) == code
    assert status(running, context, "/-/healthy") == 200


@having("both")
def test_certificate_and_login_are_both_needed(running: Exporter, clients: Clients) -> None:
    right, wrong = basic(ALICE, PASSWORD), basic(ALICE, "wrong")
    url = f"{running.url}/metrics"
    codes = {
        (name, login): fetch(url, tls=context, authorization=login).status
        for name, context in (("known", clients.known), ("anonymous", clients.anonymous))
        for login in (right, wrong)
    }
    assert codes == {
        ("known", right): 200,
        ("known", wrong): 401,
        ("anonymous", right): 403,
        ("anonymous", wrong): 403,
    }
    assert status(running, clients.known) == 401
    assert status(running, clients.anonymous, "/-/healthy") == 200
