"""A web config file that cannot be used is refused at the start, in one line without secrets."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.process import Finished, run
from tests.support.web_config import WebConfig, client_certificates, tls

MARK = "Xq7Vw2Jd"
CA = {"client_ca_file": "authority.pem"}
HASH = "$2b$04$c3clRPWSPbNUByxdl7fwA.wezmeCps2emiqOkizHjBudy1vIr/Cai"
MARKED_KEY = f"-----BEGIN PRIVATE KEY-----\n{MARK}\n-----END PRIVATE KEY-----\n"


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> WebConfig:
    """A file that each test writes anew, with certificates beside it."""
    made = WebConfig.make(tmp_path_factory.mktemp("web"))
    made.authority.issue("other")
    (made.path.parent / "no.pem").write_text("not a certificate\n")
    (made.path.parent / "folder").mkdir()
    return made


def started(path: Path, command: str = "serve") -> Finished:
    """What became of a start. It does not come to the database."""
    arguments = ("--web.listen-address=127.0.0.1:0", f"--web.config.file={path}")
    return run(command, *arguments, variables={"MATOMO_DATABASE_USERNAME": "exporter"})


def refusal(path: Path, command: str = "serve") -> str:
    """What is wrong with it, as standard error has it."""
    done = started(path, command)
    beginning = f"matomo-archive-exporter: --web.config.file: {path}: "
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(beginning)
    assert done.err.endswith("\n")
    assert len(done.err.splitlines()) == 1
    assert MARK not in done.err
    return done.err.removeprefix(beginning).removesuffix("\n")


TLS_FAULTS: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({"key_file": "server-key.pem"}, ("cert_file",)),
    ({"cert_file": "server.pem"}, ("key_file",)),
    (tls(cert_file="gone.pem"), ("cert_file", "No such file")),
    (tls(key_file="gone.pem"), ("key_file", "No such file")),
    (tls(key_file="folder"), ("key_file", "is not a file")),
    (tls(cert_file="no.pem"), ("certificate",)),
    (tls(key_file="no.pem"), ("key",)),
    (tls(key_file="other-key.pem"), ("key", "does not belong", "certificate")),
    (tls(cert="x"), ("cert", "cert_file")),
    (tls(cert_fil="x"), ("tls_server_config.cert_fil", "cert_file")),
    (tls(min_version="TLS10"), ("min_version", "TLS12")),
    (tls(min_version="TLS11"), ("min_version", "TLS12")),
    (tls(max_version="TLS11"), ("max_version", "TLS12")),
    (tls(min_version="SSL30"), ("min_version", "TLS12")),
    (tls(min_version="TLS13", max_version="TLS12"), ("min_version", "max_version")),
    (tls(cipher_suites=["TLS_RSA_WITH_RC4_128_SHA"]), ("cipher_suites",)),
    (tls(curve_preferences=["CurveP1"]), ("curve_preferences",)),
    (tls(curve_preferences=["CurveP256", "CurveP384"]), ("curve_preferences", "one")),
    (tls(prefer_server_cipher_suites="perhaps"), ("prefer_server_cipher_suites",)),
    (tls(client_auth_type="Whoever", **CA), ("client_auth_type", "RequireAndVerifyClientCert")),
    (tls(client_auth_type="RequireAnyClientCert", **CA), ("RequireAndVerifyClientCert",)),
    (tls(client_auth_type="RequireClientCert", **CA), ("RequireAndVerifyClientCert",)),
    (tls(**CA), ("client_auth_type",)),
    (tls(client_auth_type="RequireAndVerifyClientCert"), ("client_ca_file",)),
    (tls(client_allowed_sans=["a"]), ("client_allowed_sans", "client_auth_type")),
    (client_certificates("gone.pem"), ("client_ca_file", "No such file")),
    (client_certificates("no.pem"), ("client_ca_file",)),
]


@pytest.mark.parametrize(("section", "said"), TLS_FAULTS, ids=str)
def test_a_section_tls_server_config_that_cannot_be_used(
    web: WebConfig, section: dict[str, Any], said: tuple[str, ...]
) -> None:
    web.write(tls_server_config=section)
    message = refusal(web.path)
    assert [word for word in said if word not in message] == []


def test_a_file_that_is_missing_is_named_where_the_path_is_absolute(web: WebConfig) -> None:
    """Another path may be a secret in the wrong place."""
    gone = str(web.path.parent / "gone.pem")
    web.write(tls_server_config=tls(cert_file=gone))
    assert f"cert_file: {gone}: No such file" in refusal(web.path)


OTHER_FAULTS: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({"basic_auth_user": {"alice": HASH}}, ("basic_auth_user", "basic_auth_users")),
    ({"basic_auth_users": {"alice": f"plain {MARK}"}}, ("basic_auth_users", "bcrypt")),
    ({"basic_auth_users": {"alice": "$2x$" + HASH[4:]}}, ("basic_auth_users", "bcrypt")),
    ({"basic_auth_users": {"alice": HASH[:-1]}}, ("basic_auth_users", "bcrypt")),
    ({"basic_auth_users": {"alice": ""}}, ("basic_auth_users",)),
    ({"basic_auth_users": {HASH + MARK: "alice"}}, ("basic_auth_users",)),
    ({"basic_auth_users": [MARK]}, ("basic_auth_users",)),
    ({"http_server_config": {"http3": True}}, ("http_server_config.http3",)),
    ({"http_server_config": {"http2": "perhaps"}}, ("http_server_config.http2",)),
    ({"http_server_config": {"headers": {"X-Own": MARK}}}, ("headers", "X-Own")),
    ({"http_server_config": {"headers": {"X-Frame-Options": MARK}}}, ("X-Frame-Options", "deny")),
    (
        {"http_server_config": {"headers": {"X-XSS-Protection": f"1\r\nSet-Cookie: {MARK}"}}},
        ("headers",),
    ),
]


@pytest.mark.parametrize(("sections", "said"), OTHER_FAULTS, ids=str)
def test_other_sections_that_cannot_be_used(
    web: WebConfig, sections: dict[str, Any], said: tuple[str, ...]
) -> None:
    web.write(**sections)
    message = refusal(web.path)
    assert [word for word in said if word not in message] == []


@pytest.mark.parametrize(
    "content",
    [
        f"basic_auth_users: {{alice: {MARK}",
        f"basic_auth_users:\n\talice: {MARK}",
        f"basic_auth_users:\n  alice: a\n  alice: {MARK}",
        f"- {MARK}",
        MARK,
        f"!!python/object/apply:os.system [echo {MARK}]",
        f"\x00{MARK}",
        b"\xff\xfe\x00" + MARK.encode(),
        b"basic_auth_users: \xff" + MARK.encode(),
    ],
    ids=ascii,
)
def test_what_is_not_yaml_or_not_in_sections(web: WebConfig, content: str | bytes) -> None:
    web.path.write_bytes(content.encode() if isinstance(content, str) else content)
    assert refusal(web.path)


def test_secrets_are_not_repeated_wherever_they_got(web: WebConfig) -> None:
    for section in (
        tls(key=MARKED_KEY),
        {"cert_file": "server.pem", "key": MARKED_KEY},
        {"cert_file": "server.pem", "key_fil": MARKED_KEY},
        {"cert_file": "server.pem", MARKED_KEY: "x"},
        tls(key_file=MARKED_KEY),
        tls(key_file=MARK),
        tls(min_version=MARKED_KEY),
    ):
        web.write(tls_server_config=section)
        assert refusal(web.path)


def nothing(path: Path) -> None:
    path.unlink()


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def a_link_to_itself(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


@pytest.mark.parametrize("make", [nothing, a_folder, a_pipe, a_link_to_itself])
def test_what_cannot_be_read(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "web.yml"
    path.touch()
    make(path)
    assert refusal(path)


def test_a_demo_refuses_it_too_before_it_starts_a_database(web: WebConfig) -> None:
    web.write(tls_server_config=tls(key_file="other-key.pem"))
    assert "does not belong" in refusal(web.path, "demo")
