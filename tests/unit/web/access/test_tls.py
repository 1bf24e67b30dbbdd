"""TLS as a web config file asks for it, spoken between two ends in memory."""

import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from matomo_archive_exporter.web.access.config import TlsServerConfig
from matomo_archive_exporter.web.access.config_faults import WebConfigError
from matomo_archive_exporter.web.access.tls import Tls, make_tls, names_of_client
from tests.support.certificates import Authority, Pair

TLS12, TLS13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
DEMANDED = {"client_auth_type": "RequireAndVerifyClientCert", "client_ca_file": "ca"}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("authority"), "authority")


@pytest.fixture(scope="module")
def server(authority: Authority) -> Pair:
    return authority.issue("server", "DNS:localhost")


Make = Callable[..., Tls]


@pytest.fixture
def make(authority: Authority, server: Pair) -> Make:
    """TLS with these settings."""

    def made(**more: Any) -> Tls:
        config = TlsServerConfig.model_validate({"cert_file": "c", "key_file": "k", **more})
        pem = [path.read_bytes() for path in (server.cert, server.key, authority.cert)]
        return make_tls(config, *pem)

    return made


def client(authority: Authority, pair: Pair | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(authority.cert))
    if pair:
        context.load_cert_chain(pair.cert, pair.key)
    return context


def handshake(tls: Tls, context: ssl.SSLContext) -> tuple[ssl.SSLObject, ssl.SSLObject]:
    """The server's end and the client's, after a handshake."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = tls.context.wrap_bio(to_server, to_client, server_side=True)
    theirs = context.wrap_bio(to_client, to_server, server_hostname="localhost")
    for end in (theirs, ours) * 4:
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue
    return ours, theirs


def test_the_newest_version_is_spoken(make: Make, authority: Authority) -> None:
    _, theirs = handshake(make(), client(authority))
    assert (theirs.version(), theirs.selected_alpn_protocol()) == ("TLSv1.3", None)


@pytest.mark.parametrize(("setting", "versions"), [
    ({"min_version": "TLS13"}, (TLS13, TLS13)),
    ({"max_version": "TLS12"}, (TLS12, TLS12)),
    ({}, (TLS12, TLS13)),
    ({"cipher_suites": ["TLS_AES_128_GCM_SHA256"]}, (TLS13, TLS13)),
])  # fmt: skip
def test_versions_are_limited(make: Make, setting: Any, versions: Any) -> None:
    context = make(**setting).context
    assert (context.minimum_version, context.maximum_version) == versions


def test_only_suites_that_are_named_are_spoken(make: Make, authority: Authority) -> None:
    suite = "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
    _, theirs = handshake(make(cipher_suites=[suite], max_version="TLS12"), client(authority))
    assert theirs.cipher() == ("ECDHE-ECDSA-CHACHA20-POLY1305", "TLSv1.2", 256)


@pytest.mark.parametrize("curve", ["CurveP256", "CurveP384", "CurveP521"])
def test_every_curve_is_known(make: Make, authority: Authority, curve: str) -> None:
    assert handshake(make(curve_preferences=[curve]), client(authority))[1].version() == "TLSv1.3"


def can_set_x25519() -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).set_ecdh_curve("X25519")
    except ssl.SSLError:
        return False
    return True


def test_x25519_is_spoken_or_refused_where_python_cannot_set_it(
    make: Make, authority: Authority
) -> None:
    if can_set_x25519():
        assert (
            handshake(make(curve_preferences=["X25519"]), client(authority))[1].version()
            == "TLSv1.3"
        )
    else:
        with pytest.raises(WebConfigError, match=r"^curve_preferences: .* Python cannot set it$"):
            make(curve_preferences=["X25519"])


def test_a_client_shows_its_names(make: Make, authority: Authority) -> None:
    names = "DNS:prometheus.example,IP:10.0.0.7,IP:::1,email:a@b.example,URI:spiffe://b/a"
    shown = client(authority, authority.issue("named", names))
    ours, _ = handshake(make(**DEMANDED), shown)
    expected = {"prometheus.example", "10.0.0.7", "::1", "a@b.example", "spiffe://b/a"}
    assert names_of_client(ours) == frozenset(expected)


def test_a_client_need_not_show_any_in_the_handshake(make: Make, authority: Authority) -> None:
    ours, _ = handshake(make(**DEMANDED), client(authority))
    assert names_of_client(ours) is None


def test_a_client_of_another_authority_fails_in_the_handshake(
    make: Make, authority: Authority, tmp_path: Path
) -> None:
    foreign = Authority.make(tmp_path, "foreign").issue("client", "DNS:prometheus.example")
    with pytest.raises(ssl.SSLError):
        handshake(make(**DEMANDED), client(authority, foreign))


NAMED = frozenset({"a.example", "::1"})


@pytest.mark.parametrize(("settings", "names", "is_allowed"), [
    ({}, None, True),
    (DEMANDED, None, False),
    (DEMANDED, NAMED, True),
    (DEMANDED, frozenset(), True),
    (DEMANDED | {"client_allowed_sans": ["a.example"]}, NAMED, True),
    (DEMANDED | {"client_allowed_sans": ["0:0:0:0:0:0:0:1"]}, NAMED, True),
    (DEMANDED | {"client_allowed_sans": ["b.example"]}, NAMED, False),
    (DEMANDED | {"client_allowed_sans": ["example", "x.a.example", "*.example"]}, NAMED, False),
    (DEMANDED | {"client_allowed_sans": ["b.example"]}, frozenset({"*.example"}), False),
    (DEMANDED | {"client_allowed_sans": ["a.example"]}, frozenset(), False),
    (DEMANDED | {"client_auth_type": "VerifyClientCertIfGiven"}, None, True),
])  # fmt: skip
def test_a_certificate_is_accepted_by_demand_and_name(
    make: Make, settings: Any, names: frozenset[str] | None, is_allowed: bool
) -> None:
    assert make(**settings).allows(names) == is_allowed


def test_another_certificate_leaves_the_policy_as_it_is(make: Make, authority: Authority) -> None:
    other = authority.issue("other", "DNS:localhost")
    config = TlsServerConfig.model_validate({"cert_file": "d", "key_file": "e"})
    ca = authority.cert.read_bytes()
    after = make_tls(config, other.cert.read_bytes(), other.key.read_bytes(), ca)
    assert after.policy == make().policy
    assert make(**DEMANDED).policy != make().policy


def test_an_error_of_openssl_is_one_line(authority: Authority, server: Pair) -> None:
    config = TlsServerConfig.model_validate({"cert_file": "c", "key_file": "k", **DEMANDED})
    cert, key, ca = (path.read_bytes() for path in (server.cert, server.key, authority.cert))
    other_key = authority.issue("another", "DNS:localhost").key.read_bytes()
    for texts, message in [
        ((cert, other_key, ca), "the key does not belong to the certificate"),
        ((b"", key, ca), "the certificate or its key is not valid PEM"),
        ((cert, b"x", ca), "the certificate or its key is not valid PEM"),
        ((cert, key, b"no PEM"), "client_ca_file: the file has no PEM certificate"),
        ((cert, key, b"\xff"), "client_ca_file: the file has no PEM certificate"),
    ]:
        with pytest.raises(WebConfigError, match=message):
            make_tls(config, *texts)


def test_a_key_with_a_password_is_refused_rather_than_asked_for(
    make: Make, authority: Authority, server: Pair, tmp_path: Path
) -> None:
    encrypted = tmp_path / "encrypted.pem"
    command = ["openssl", "ec", "-aes256", "-passout", "pass:secret", "-in", str(server.key)]
    subprocess.run([*command, "-out", str(encrypted)], check=True, capture_output=True)
    config = TlsServerConfig.model_validate({"cert_file": "c", "key_file": "k"})
    with pytest.raises(WebConfigError, match="the key is encrypted"):
        make_tls(config, server.cert.read_bytes(), encrypted.read_bytes(), b"")
