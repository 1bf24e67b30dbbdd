"""A server cannot make the exporter send more in the login than it should know.

The servers here are rogues: they ask for the password in every way that the protocol has.
"""

import ssl
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from matomo_archive_exporter.readings.database.connection import connect
from matomo_archive_exporter.readings.database.errors import ReadingError
from matomo_archive_exporter.settings.options import DatabaseSettings, SslMode
from tests.support.certificates import Authority
from tests.support.marked_secrets import MARK, finds
from tests.support.process import run
from tests.support.rogue_server import FULL_EXCHANGE, SEED, Rogue, rogue, switch

PASSWORD = f"of the login {MARK}"
NATIVE, CACHING = "mysql_native_password", "caching_sha2_password"
SHA256, CLEAR = "sha256_password", "mysql_clear_password"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    made = Authority.make(tmp_path_factory.mktemp("authority"), "authority")
    made.issue("server", "IP:127.0.0.1")
    return made


@pytest.fixture(scope="module")
def tls(authority: Authority) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    folder = authority.cert.parent
    context.load_cert_chain(folder / "server.pem", folder / "server-key.pem")
    return context


def log_in(server: Rogue, mode: SslMode, **more: object) -> ReadingError:
    """Why the login failed; it always does."""
    settings = DatabaseSettings(
        port=server.port or 3306, username="reader", password=SecretStr(PASSWORD), ssl_mode=mode
    )
    with pytest.raises(ReadingError) as raised, connect(settings.model_copy(update=more)):
        pass
    return raised.value


def learnt(server: Rogue) -> bool:
    assert server.received
    return PASSWORD.encode() in server.everything


# The demands by which a rogue gets the password, by the kind of connection.
BY_SWITCH = {
    SHA256: [switch(SHA256)],
    CLEAR: [switch(CLEAR)],
    CACHING: [switch(CACHING), FULL_EXCHANGE],
}
OTHERS = (
    *("dialog", "client_ed25519", "parsec", "auth_gssapi_client", "..utils"),
    *("authentication_ldap_sasl_client", "authentication_kerberos_client"),
    *("authentication_oci_client", "authentication_openid_connect_client"),
    "authentication_webauthn_client",
)
UNKNOWN = {
    **{name: (switch(name),) for name in OTHERS},
    "mysql_old_password": (b"\xfe",),
    "a second factor": (b"\x02" + CLEAR.encode() + b"\0",),
    "a command for a seed": (switch(CACHING, b"\x04"),),
    "no seed": (switch(NATIVE, b""),),
    "more than native has to say": (b"\x01\x04",),
    "another challenge": (switch(CACHING), b"\x01" + SEED),
}


@pytest.mark.parametrize("mode", ["disabled", "preferred"])
@pytest.mark.parametrize("by", ["greeting", "switch"])
@pytest.mark.parametrize("plugin", [SHA256, CACHING, CLEAR])
def test_without_tls_no_plugin_gets_the_password(plugin: str, by: str, mode: SslMode) -> None:
    greeting = plugin if by == "greeting" else NATIVE
    with rogue(*BY_SWITCH[plugin][by == "greeting" :], greeting=greeting) as server:
        refused = log_in(server, mode)
    assert not learnt(server)
    assert refused.reason == "access_denied"
    assert plugin in str(refused)
    assert "in plain text" in str(refused)


@pytest.mark.parametrize("mode", ["preferred", "required"])
@pytest.mark.parametrize("by", ["greeting", "switch"])
def test_tls_without_verification_gets_it_but_not_by_clear_text(
    tls: ssl.SSLContext, mode: SslMode, by: str
) -> None:
    """There anyone in between is the server."""
    for plugin in (SHA256, CACHING, CLEAR):
        demands = BY_SWITCH[plugin]
        greeting = plugin if by == "greeting" else NATIVE
        with rogue(*demands[by == "greeting" :], greeting=greeting, tls=tls) as server:
            refused = log_in(server, mode)
        assert learnt(server) == (plugin != CLEAR)
        assert refused.reason == "access_denied"
        assert ("--database.ssl-mode=verify" in str(refused)) == (plugin == CLEAR)


def test_a_server_that_is_verified_gets_it_by_any_of_the_plugins(
    tls: ssl.SSLContext, authority: Authority
) -> None:
    for plugin in (SHA256, CACHING, CLEAR):
        with rogue(*BY_SWITCH[plugin], tls=tls) as server:
            refused = log_in(server, "verify", ssl_ca=authority.cert)
        assert learnt(server)
        assert refused.reason == "access_denied"


def test_a_server_that_is_not_verified_learns_not_even_the_user(tls: ssl.SSLContext) -> None:
    with rogue(switch(CLEAR), tls=tls) as server:
        assert log_in(server, "verify").reason == "unreachable"
    assert b"reader" not in server.everything


@pytest.mark.parametrize("mode", ["required", "verify"])
def test_a_server_that_hides_its_tls_learns_nothing_where_tls_is_demanded(
    mode: SslMode,
) -> None:
    for plugin in (NATIVE, SHA256, CACHING, CLEAR):
        with rogue(FULL_EXCHANGE, greeting=plugin) as server:
            assert log_in(server, mode).reason == "unreachable"
        assert b"reader" not in server.everything


@pytest.mark.parametrize("demand", UNKNOWN)
def test_every_other_demand_is_refused_with_the_reason(tls: ssl.SSLContext, demand: str) -> None:
    for context in (None, tls):
        with rogue(*UNKNOWN[demand], tls=context) as server:
            refused = log_in(server, "preferred")
        assert not learnt(server)
        assert refused.reason == "access_denied"
        assert str(refused).startswith("cannot connect: the server asks for ")


@pytest.mark.parametrize("plugin", ["", *OTHERS])
def test_a_server_with_an_unknown_login_plugin_is_refused(plugin: str) -> None:
    with rogue(greeting=plugin) as server:
        refused = log_in(server, "preferred")
    assert b"reader" not in server.everything
    assert refused.reason == "access_denied"


def test_the_native_plugin_mixes_the_password_with_the_seed_and_goes_anywhere() -> None:
    with rogue(switch(NATIVE)) as server:
        refused = log_in(server, "disabled")
    assert b"reader" in server.everything
    assert not learnt(server)
    assert "Access denied" in str(refused)


def test_the_name_of_a_plugin_is_no_way_to_the_terminal() -> None:
    with rogue(switch("\x1b[2J\nx" + "y" * 9000)) as server:
        refused = str(log_in(server, "preferred"))
    assert refused.isprintable()
    assert len(refused) < 400


# Unix sockets


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that is closed to others."""
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


def by_socket(
    path: Path, mode: SslMode = "preferred", tls: ssl.SSLContext | None = None
) -> tuple[Rogue, ReadingError]:
    with rogue(switch(CACHING), FULL_EXCHANGE, path=path, tls=tls) as server:
        refused = log_in(server, mode, unix_socket=path)
    path.unlink()
    return server, refused


@pytest.mark.parametrize("mode", ["disabled", "preferred", "required", "verify"])
def test_a_socket_where_only_the_server_can_put_one_is_as_good_as_tls(
    folder: Path, tls: ssl.SSLContext, mode: SslMode
) -> None:
    for context in (None, tls):  # the driver has no TLS over sockets
        server, refused = by_socket(folder / "socket", mode, context)
        assert learnt(server)
        assert refused.reason == "access_denied"


@pytest.mark.parametrize("permissions", [0o777, 0o1777, 0o770])
def test_a_socket_where_others_can_put_one_is_a_network(
    folder: Path, tls: ssl.SSLContext, permissions: int
) -> None:
    folder.chmod(permissions)
    for context in (None, tls):
        server, refused = by_socket(folder / "socket", "preferred", context)
        assert not learnt(server)
        assert refused.reason == "access_denied"
        for mode in ("required", "verify"):
            server, refused = by_socket(folder / "socket", mode, context)
            assert b"reader" not in server.everything
            assert refused.reason == "unreachable"


# With the commands


@pytest.mark.parametrize("command", ["once", "check", "advise"])
def test_no_command_says_it_to_a_rogue(tmp_path: Path, command: str) -> None:
    path = tmp_path / "password"
    path.write_text(PASSWORD)
    with rogue(switch(CACHING), FULL_EXCHANGE) as server:
        done = run(
            *(command, f"--database.port={server.port}", "--database.username=reader"),
            *(f"--database.password-file={path}", "--log.level=debug"),
        )
    assert not learnt(server)
    assert done.status in (1, 3)
    assert "--database.ssl-mode=required" in done.out + done.err
    assert finds(done.out, done.err) == []
