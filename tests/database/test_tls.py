"""TLS to the database: the effect of each mode and login plugin on each server."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from matomo_archive_exporter.check.examine import examine
from matomo_archive_exporter.check.report import Report
from matomo_archive_exporter.readings.database.connection import connect, negotiated_tls
from matomo_archive_exporter.readings.database.errors import ReadingError
from matomo_archive_exporter.settings.options import DatabaseSettings
from matomo_archive_exporter.settings.settings import Settings
from tests.conftest import Database
from tests.support import certificates
from tests.support.accounts import account
from tests.support.certificates import Certificates
from tests.support.figures import read, target_of

speaks_tls = pytest.mark.only_on(
    *("mariadb", "mysql-8.0", "mysql-9"), reason="MySQL 5.7.22 speaks nothing newer than TLS 1.1"
)
may_do_without = pytest.mark.only_on(
    *("mariadb", "mysql-5.7", "mysql-8.0"), reason="MySQL 9 has no plugin that can do without TLS"
)
knows_caching_sha2 = pytest.mark.only_on(
    *("mysql-8.0", "mysql-9"), reason="caching_sha2_password came with MySQL 8.0"
)
has_old_tls = pytest.mark.only_on("mysql-5.7", reason="5.7.22 speaks nothing newer than TLS 1.1")


def under(settings: DatabaseSettings, mode: str, **changes: object) -> DatabaseSettings:
    return settings.model_copy(update={"ssl_mode": mode, **changes})


def cipher(settings: DatabaseSettings) -> str:
    with connect(settings) as connection:
        return negotiated_tls(connection)


def refusal(settings: DatabaseSettings) -> ReadingError:
    with pytest.raises(ReadingError) as raised:
        cipher(settings)
    return raised.value


def unreachable(settings: DatabaseSettings) -> str:
    error = refusal(settings)
    assert error.reason == "unreachable"
    return str(error)


def message(report: Report) -> str:
    return "\n".join(" ".join([f.text, *f.remedies]) for f in report.results)


@pytest.fixture(scope="module")
def foreign() -> Iterator[Certificates]:
    """Those of an authority that did not sign the server's."""
    with tempfile.TemporaryDirectory() as folder:
        yield certificates.make(Path(folder), "IP:127.0.0.1", rsa=True)


@speaks_tls
def test_tls_is_used_where_there_is_some_unless_it_is_disabled(secure: Database) -> None:
    assert cipher(under(secure.settings, "preferred"))  # which MySQL 8 wants once
    assert cipher(under(secure.settings, "disabled")) == ""


@speaks_tls
@pytest.mark.parametrize("mode", ["preferred", "required", "verify"])
def test_each_way_to_check_a_password_works_under_each_mode_with_tls(
    secure: Database, ours: Certificates, auth_plugin: str, mode: str
) -> None:
    with account(secure, "plugged", "p'\\wörd", auth_plugin) as user:
        user.may_select("*")
        changes = {"ssl_mode": mode, "ssl_ca": ours.ca}
        assert cipher(user.settings.model_copy(update=changes))


@speaks_tls
def test_verify_refuses_a_certificate_for_another_host(
    secure: Database, ours: Certificates
) -> None:
    settings = under(secure.settings, "verify", ssl_ca=ours.ca, host="localhost")
    assert "ertificate" in unreachable(settings)
    assert cipher(settings.model_copy(update={"ssl_mode": "required"}))


@speaks_tls
def test_verify_refuses_a_certificate_of_another_authority(
    secure: Database, foreign: Certificates
) -> None:
    settings = under(secure.settings, "verify", ssl_ca=foreign.ca)
    assert "ertificate" in unreachable(settings)


@speaks_tls
def test_verify_without_an_own_authority_trusts_no_unknown_server(secure: Database) -> None:
    unreachable(under(secure.settings, "verify"))


@speaks_tls
def test_a_folder_of_authorities_is_as_good_as_a_file(
    secure: Database, ours: Certificates, foreign: Certificates, tmp_path: Path
) -> None:
    """With names as `openssl rehash` makes them, as in /etc/ssl/certs."""
    settings = under(secure.settings, "verify", ssl_ca=tmp_path)
    assert "ertificate" in unreachable(settings)
    for number, authority in enumerate((foreign, ours)):
        shutil.copy(authority.ca, tmp_path / f"{number}.pem")
        certificates.rehash(tmp_path)
        if authority is foreign:
            assert "ertificate" in unreachable(settings)
    assert cipher(settings)


@speaks_tls
def test_with_an_own_authority_no_other_one_is_trusted(
    secure: Database, ours: Certificates, foreign: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even whom the system trusts; that is for those who name none."""
    monkeypatch.setenv("SSL_CERT_FILE", str(ours.ca))
    assert "ertificate" in unreachable(under(secure.settings, "verify", ssl_ca=foreign.ca))
    assert cipher(under(secure.settings, "verify"))


@speaks_tls
def test_required_encrypts_but_does_not_ask_who_is_there(
    secure: Database, foreign: Certificates
) -> None:
    assert cipher(under(secure.settings, "required", ssl_ca=foreign.ca))


@speaks_tls
def test_a_user_who_must_show_a_certificate_can(secure: Database, ours: Certificates) -> None:
    secure.run("ALTER USER exporter@127.0.0.1 REQUIRE X509")
    try:
        with pytest.raises(ReadingError) as raised:
            cipher(under(secure.settings, "required"))
        assert raised.value.reason == "access_denied"
        shown = {"ssl_ca": ours.ca, "ssl_cert": ours.cert, "ssl_key": ours.key}
        assert cipher(under(secure.settings, "verify", **shown))
    finally:
        secure.run("ALTER USER exporter@127.0.0.1 REQUIRE NONE")


@speaks_tls
def test_a_file_that_is_not_there_is_one_clear_line(secure: Database, tmp_path: Path) -> None:
    message = unreachable(under(secure.settings, "verify", ssl_ca=tmp_path / "gone.pem"))
    assert message.startswith("cannot connect: ")


@speaks_tls
@pytest.mark.parametrize("option", ["ssl_ca", "ssl_cert"])
def test_a_pipe_is_no_file_and_is_not_waited_for(
    secure: Database, tmp_path: Path, option: str
) -> None:
    os.mkfifo(tmp_path / "fifo")
    files = {"ssl_cert": tmp_path / "fifo", "ssl_key": tmp_path / "fifo"}
    given = files if option == "ssl_cert" else {option: tmp_path / "fifo"}
    message = unreachable(under(secure.settings, "verify", **given))
    assert message.endswith("/fifo: not a regular file")


@speaks_tls
@pytest.mark.parametrize(("mode", "message"), [("required", "TLS "), ("disabled", "no TLS")])
def test_check_says_what_was_negotiated(secure: Database, mode: str, message: str) -> None:
    report = examine(Settings(database=under(secure.settings, mode)))
    texts = [f.text for f in report.results if f.section == "connection" and f.verdict == "ok"]
    assert any(text.startswith(message) for text in texts)


def notes(settings: DatabaseSettings) -> str:
    report = examine(Settings(database=settings))
    return "\n".join(f.text for f in report.results if f.verdict == "note")


@speaks_tls
def test_check_warns_of_tls_that_another_server_can_answer(
    secure: Database, ours: Certificates
) -> None:
    warning = "--database.ssl-mode=verify"
    for mode in ("preferred", "required"):
        assert warning in notes(under(secure.settings, mode))
    assert warning not in notes(under(secure.settings, "verify", ssl_ca=ours.ca))
    assert warning not in notes(under(secure.settings, "disabled"))


# Without TLS


@may_do_without
@pytest.mark.parametrize("mode", ["preferred", "disabled"])
def test_a_server_without_tls_will_do_where_none_is_demanded(plain: Database, mode: str) -> None:
    with account(plain, "plain", plugin="mysql_native_password") as user:
        user.may_select("*")
        assert cipher(under(user.settings, mode)) == ""


@may_do_without
@pytest.mark.parametrize("mode", ["required", "verify"])
def test_a_server_without_tls_is_refused_where_it_is_demanded(
    plain: Database, ours: Certificates, mode: str
) -> None:
    with account(plain, "plain", plugin="mysql_native_password") as user:
        user.may_select("*")
        settings = under(user.settings, mode, ssl_ca=ours.ca)
        assert refusal(settings).reason == "unreachable"
        assert read(target_of(settings)).errors("queue") == {"unreachable": 1}


@may_do_without
def test_a_server_with_tls_takes_the_native_password_without(secure: Database) -> None:
    with account(secure, "native", plugin="mysql_native_password") as user:
        user.may_select("*")
        assert cipher(under(user.settings, "disabled")) == ""


@knows_caching_sha2
def test_without_tls_caching_sha2_password_is_refused_until_one_login_with_tls(
    secure: Database,
) -> None:
    with account(secure, "cached", plugin="caching_sha2_password") as user:
        user.may_select("*")
        without = under(user.settings, "disabled")
        refused = refusal(without)
        assert refused.reason == "access_denied"
        assert "--database.ssl-mode=required" in str(refused)
        assert cipher(under(user.settings, "required"))
        assert cipher(without) == ""
        assert read(target_of(without)).one("matomo_up") == 1
        secure.run("FLUSH PRIVILEGES")  # as a restart does
        assert refusal(without).reason == "access_denied"


@knows_caching_sha2
def test_a_server_without_tls_gets_no_password_by_caching_sha2_password_under_any_mode(
    plain: Database, ours: Certificates
) -> None:
    with account(plain, "lonely", plugin="caching_sha2_password") as user:
        user.may_select("*")
        for mode in ("disabled", "preferred"):
            assert refusal(under(user.settings, mode)).reason == "access_denied"
        for mode in ("required", "verify"):
            settings = under(user.settings, mode, ssl_ca=ours.ca)
            assert refusal(settings).reason == "unreachable"


@knows_caching_sha2
def test_a_plugin_that_shows_the_password_gets_it_by_tls_alone(secure: Database) -> None:
    with account(secure, "shown", plugin="sha256_password") as user:
        user.may_select("*")
        without = under(user.settings, "disabled")
        assert refusal(without).reason == "access_denied"
        assert "--database.ssl-mode=required" in message(examine(Settings(database=without)))
        assert cipher(under(user.settings, "required"))


@knows_caching_sha2
def test_check_tells_the_user_of_caching_sha2_password_about_tls(secure: Database) -> None:
    with account(secure, "asking", plugin="caching_sha2_password") as user:
        user.may_select("*")
        hint = "(caching_sha2_password), which needs TLS or a trusted socket: set --database.ssl"
        assert hint in message(examine(Settings(database=under(user.settings, "disabled"))))
        assert hint not in message(examine(Settings(database=under(user.settings, "required"))))


@has_old_tls
@pytest.mark.parametrize("mode", ["preferred", "required", "verify"])
def test_tls_that_is_too_old_is_not_spoken_and_check_says_so(
    secure: Database, ours: Certificates, mode: str
) -> None:
    settings = under(secure.settings, mode, ssl_ca=ours.ca)
    assert refusal(settings).reason == "unreachable"
    assert "older than TLS 1.2" in message(examine(Settings(database=settings)))
    assert cipher(under(secure.settings, "disabled")) == ""
