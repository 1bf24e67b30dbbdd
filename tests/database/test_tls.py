"""TLS to the database: what each mode demands of a server that offers it."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from matomo_archive_exporter.check.examine import examine
from matomo_archive_exporter.readings.database.connection import connect, negotiated_tls
from matomo_archive_exporter.readings.database.errors import ReadingError
from matomo_archive_exporter.settings.options import DatabaseSettings
from matomo_archive_exporter.settings.settings import Settings
from tests.conftest import Database
from tests.support import certificates
from tests.support.accounts import account
from tests.support.certificates import Certificates

pytestmark = pytest.mark.only_on(
    *("mariadb", "mysql-8.0", "mysql-9"), reason="MySQL 5.7.22 speaks nothing newer than TLS 1.1"
)


@pytest.fixture(scope="module")
def foreign() -> Iterator[Certificates]:
    """Those of an authority that did not sign the server's."""
    with tempfile.TemporaryDirectory() as folder:
        yield certificates.make(Path(folder), "IP:127.0.0.1", rsa=True)


def settings_of(database: Database, **changes: object) -> DatabaseSettings:
    return database.settings.model_copy(update=changes)


def cipher(settings: DatabaseSettings) -> str:
    with connect(settings) as connection:
        return negotiated_tls(connection)


def refusal(settings: DatabaseSettings) -> str:
    with pytest.raises(ReadingError) as raised:
        cipher(settings)
    assert raised.value.reason == "unreachable"
    return str(raised.value)


@pytest.mark.parametrize("mode", ["preferred", "required"])
def test_tls_is_used_where_there_is_some(secure: Database, mode: str) -> None:
    assert cipher(settings_of(secure, ssl_mode=mode))


def test_tls_is_not_used_where_it_is_disabled(secure: Database) -> None:
    assert cipher(settings_of(secure, ssl_mode="disabled")) == ""


@pytest.mark.parametrize("mode", ["preferred", "required", "verify"])
def test_each_way_to_check_a_password_works_under_each_mode_with_tls(
    secure: Database, ours: Certificates, auth_plugin: str, mode: str
) -> None:
    with account(secure, "plugged", "p'\\wörd", auth_plugin) as user:
        user.may_select("*")
        changes = {"ssl_mode": mode, "ssl_ca": ours.ca}
        assert cipher(user.settings.model_copy(update=changes))


def test_verify_accepts_a_certificate_of_our_authority_for_this_host(
    secure: Database, ours: Certificates
) -> None:
    assert cipher(settings_of(secure, ssl_mode="verify", ssl_ca=ours.ca))


def test_verify_refuses_a_certificate_for_another_host(
    secure: Database, ours: Certificates
) -> None:
    settings = settings_of(secure, ssl_mode="verify", ssl_ca=ours.ca, host="localhost")
    assert "ertificate" in refusal(settings)
    assert cipher(settings.model_copy(update={"ssl_mode": "required"}))


def test_verify_refuses_a_certificate_of_another_authority(
    secure: Database, foreign: Certificates
) -> None:
    settings = settings_of(secure, ssl_mode="verify", ssl_ca=foreign.ca)
    assert "ertificate" in refusal(settings)


def test_verify_without_an_authority_of_ours_trusts_nobody_unknown(secure: Database) -> None:
    refusal(settings_of(secure, ssl_mode="verify"))


def test_required_encrypts_but_does_not_ask_who_is_there(
    secure: Database, foreign: Certificates
) -> None:
    assert cipher(settings_of(secure, ssl_mode="required", ssl_ca=foreign.ca))


def test_a_user_who_must_show_a_certificate_can(secure: Database, ours: Certificates) -> None:
    secure.run("ALTER USER exporter@127.0.0.1 REQUIRE X509")
    try:
        with pytest.raises(ReadingError) as raised:
            cipher(settings_of(secure, ssl_mode="required"))
        assert raised.value.reason == "access_denied"
        shown = {"ssl_ca": ours.ca, "ssl_cert": ours.cert, "ssl_key": ours.key}
        assert cipher(settings_of(secure, ssl_mode="verify", **shown))
    finally:
        secure.run("ALTER USER exporter@127.0.0.1 REQUIRE NONE")


def test_a_file_that_is_not_there_is_one_clear_line(secure: Database, tmp_path: Path) -> None:
    message = refusal(settings_of(secure, ssl_mode="verify", ssl_ca=tmp_path / "gone.pem"))
    assert message.startswith("cannot connect: ")


@pytest.mark.parametrize(("mode", "message"), [("required", "TLS "), ("disabled", "no TLS")])
def test_check_says_what_was_negotiated(secure: Database, mode: str, message: str) -> None:
    report = examine(Settings(database=settings_of(secure, ssl_mode=mode)))
    texts = [f.text for f in report.results if f.section == "connection" and f.verdict == "ok"]
    assert any(text.startswith(message) for text in texts)


def notes(settings: DatabaseSettings) -> str:
    report = examine(Settings(database=settings))
    return "\n".join(f.text for f in report.results if f.verdict == "note")


def test_check_warns_of_tls_that_somebody_in_between_can_answer(
    secure: Database, ours: Certificates
) -> None:
    warning = "--database.ssl-mode=verify"
    for mode in ("preferred", "required"):
        assert warning in notes(settings_of(secure, ssl_mode=mode))
    assert warning not in notes(settings_of(secure, ssl_mode="verify", ssl_ca=ours.ca))
    assert warning not in notes(settings_of(secure, ssl_mode="disabled"))
