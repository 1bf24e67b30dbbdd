"""A web config file that cannot be used is refused at the start, in one line without secrets."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.process import Finished, run
from tests.support.web_config import WebConfig, client_certificates, tls

MARK = "Xq7Vw2Jd"
HASH = "$2b$04$c3clRPWSPbNUByxdl7fwA.wezmeCps2emiqOkizHjBudy1vIr/Cai"


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> WebConfig:
    """A file that each test replaces, with certificates beside it."""
    made = WebConfig.make(tmp_path_factory.mktemp("web"))
    made.authority.issue("other")
    (made.path.parent / "no.pem").write_text("not a certificate\n")
    (made.path.parent / "folder").mkdir()
    return made


def started(path: Path, command: str = "serve") -> Finished:
    """The result of a start, which ends before the database."""
    arguments = ("--web.listen-address=127.0.0.1:0", f"--web.config.file={path}")
    return run(command, *arguments, variables={"MATOMO_DATABASE_USERNAME": "exporter"})


def refusal(path: Path, command: str = "serve") -> str:
    """The message on standard error."""
    done = started(path, command)
    beginning = f"matomo-archive-exporter: --web.config.file: {path}: "
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(beginning)
    assert done.err.endswith("\n")
    assert len(done.err.splitlines()) == 1
    assert MARK not in done.err
    return done.err.removeprefix(beginning).removesuffix("\n")


# One of each kind: all others are in unit/web/access/test_config.py.
FAULTS: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({"tls_server_config": tls(cert_fil="x")}, ("tls_server_config.cert_fil", "cert_file")),
    ({"tls_server_config": tls(cert_file="gone.pem")}, ("cert_file", "No such file")),
    ({"tls_server_config": tls(key_file="folder")}, ("key_file", "is not a file")),
    ({"tls_server_config": tls(key_file="other-key.pem")}, ("does not belong", "certificate")),
    ({"tls_server_config": client_certificates("no.pem")}, ("client_ca_file",)),
    ({"basic_auth_users": {"alice": f"plain {MARK}"}}, ("basic_auth_users", "bcrypt")),
]


@pytest.mark.parametrize(("sections", "words"), FAULTS, ids=str)
def test_a_file_that_cannot_be_used(
    web: WebConfig, sections: dict[str, Any], words: tuple[str, ...]
) -> None:
    web.write(**sections)
    message = refusal(web.path)
    assert [word for word in words if word not in message] == []


def test_an_unreadable_web_config_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "web.yml"
    path.symlink_to(path)
    assert refusal(path)


def test_a_demo_refuses_it_too_before_it_starts_a_database(web: WebConfig) -> None:
    web.write(tls_server_config=tls(key_file="other-key.pem"))
    assert "does not belong" in refusal(web.path, "demo")
