"""The watcher of the web config file: valid changes apply, invalid ones do not."""

import asyncio
import logging
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from matomo_archive_exporter.web.access.access import Access
from matomo_archive_exporter.web.access.config_faults import WebConfigError
from matomo_archive_exporter.web.access.web_config_watcher import WebConfigWatcher
from tests.support import web_config
from tests.support.certificates import Authority
from tests.support.web_config import WebConfig, client_certificates, tls, users

ERROR = "invalid web config; keeping the previous one"


@pytest.fixture
def file(tmp_path: Path) -> WebConfig:
    return WebConfig.make(tmp_path, basic_auth_users=users())


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The log messages about refused files."""
    errors = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert {one.message for one in errors} <= {ERROR}
    return [one.__dict__["fields"]["fault"] for one in errors]


def seen(watcher: WebConfigWatcher) -> Access:
    """The configuration in force after two equal looks."""
    watcher.look()
    return watcher.look()


def test_without_a_file_every_request_is_allowed() -> None:
    watcher = WebConfigWatcher(None)
    assert (watcher.scheme, watcher.follows_a_file) == ("http", False)
    assert watcher.look() is watcher.access
    assert (watcher.access.tls, watcher.access.users) == (None, None)


def test_unchanged_access_is_kept(file: WebConfig) -> None:
    watcher = WebConfigWatcher(file.path)
    os.utime(file.path)
    assert watcher.scheme == "https"
    assert watcher.look() is watcher.access


def test_a_new_certificate_leaves_logins_as_they_are(file: WebConfig) -> None:
    watcher = WebConfigWatcher(file.path)
    file.authority.issue("server")
    now = seen(watcher)
    assert now.tls is not watcher.access.tls
    assert (now.policy, now.users) == (watcher.access.policy, watcher.access.users)


def test_new_users_leave_the_rest_as_it_is(file: WebConfig) -> None:
    rate = {"interval": "1s", "burst": "5"}
    file.write(tls_server_config=tls(), basic_auth_users=users(), rate_limit=rate)
    watcher = WebConfigWatcher(file.path)
    file.write(tls_server_config=tls(), basic_auth_users=users(bob="b"), rate_limit=rate)
    now = seen(watcher)
    assert (now.policy, now.bucket) == (watcher.access.policy, watcher.access.bucket)
    assert now.users is not watcher.access.users


def test_another_authority_for_clients_is_another_policy(file: WebConfig, tmp_path: Path) -> None:
    Authority.make(tmp_path, "clients")
    file.write(tls_server_config=client_certificates())
    watcher = WebConfigWatcher(file.path)
    Authority.make(tmp_path, "clients")
    assert seen(watcher).policy != watcher.access.policy


def test_a_bad_file_is_kept_out_and_said_so_once(
    file: WebConfig, caplog: pytest.LogCaptureFixture
) -> None:
    watcher = WebConfigWatcher(file.path)
    file.path.write_text("tls_sever_config: {}")
    for _ in range(5):
        assert watcher.look() is watcher.access
    assert warnings(caplog) == ["tls_sever_config: unknown key; did you mean tls_server_config?"]
    file.path.unlink()
    for _ in range(5):
        assert watcher.look() is watcher.access
    assert warnings(caplog)[1:] == ["No such file or directory"]


def test_a_key_that_comes_a_moment_after_its_certificate_is_no_fault(
    file: WebConfig, caplog: pytest.LogCaptureFixture
) -> None:
    watcher = WebConfigWatcher(file.path)
    other = file.authority.issue("other")
    (file.path.parent / "server.pem").write_bytes(other.cert.read_bytes())
    assert watcher.look() is watcher.access
    (file.path.parent / "server-key.pem").write_bytes(other.key.read_bytes())
    assert seen(watcher) is not watcher.access
    assert warnings(caplog) == []


def test_a_file_that_is_good_again_is_taken(file: WebConfig) -> None:
    watcher = WebConfigWatcher(file.path)
    file.path.write_text("nonsense")
    seen(watcher)
    file.write(tls_server_config=tls(), basic_auth_users=users(bob="b"))
    assert seen(watcher).users is not watcher.access.users


def test_a_change_seen_by_one_look_only_is_ignored(file: WebConfig) -> None:
    watcher = WebConfigWatcher(file.path)
    whole = file.path.read_text()
    file.write(tls_server_config=tls(), basic_auth_users=users(bob="b"))
    assert watcher.look() is watcher.access
    file.path.write_text(whole)
    assert seen(watcher) is watcher.access


@pytest.mark.parametrize("left", ["", "users", "TLS"])
def test_neither_tls_nor_users_are_taken_away_while_it_runs(
    file: WebConfig, caplog: pytest.LogCaptureFixture, left: str
) -> None:
    """As a file does that is emptied, or cut short."""
    watcher = WebConfigWatcher(file.path)
    sections: dict[str, dict[str, object]] = {
        "users": {"basic_auth_users": users()},
        "TLS": {"tls_server_config": tls()},
    }
    file.write(**sections.get(left, {}))
    assert seen(watcher) is watcher.access
    (message,) = warnings(caplog)
    assert "restart the exporter to allow that" in message


def test_certificates_and_their_names_are_demanded_until_a_restart(
    file: WebConfig, tmp_path: Path
) -> None:
    Authority.make(tmp_path, "clients")
    file.write(tls_server_config=client_certificates(client_allowed_sans=["a.example"]))
    watcher = WebConfigWatcher(file.path)
    for less in (tls(), client_certificates()):
        file.write(tls_server_config=less)
        assert seen(watcher) is watcher.access
    file.write(tls_server_config=client_certificates(client_allowed_sans=["b.example"]))
    assert seen(watcher) is not watcher.access


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def make_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def naming(cert_file: str) -> Callable[[Path], object]:
    """Write a file that names this certificate."""
    text = f'tls_server_config: {{cert_file: "{cert_file}", key_file: k}}'
    return lambda path: path.write_text(text)


BAD: list[tuple[Callable[[Path], object], str]] = [
    (Path.unlink, "No such file or directory"),
    (make_folder, "is not a file"),
    (make_pipe, "is not a file"),
    (lambda path: path.write_bytes(b"#" * 1_100_000), "is larger than 1 MiB"),
    (naming("/a"), "cert_file: /a: No such file or directory"),
    (naming("gone"), "cert_file: No such file or directory"),
    (naming("a\\0b"), "cert_file: no such path"),
]


@pytest.mark.parametrize(("spoil", "message"), BAD)
def test_a_bad_file_at_the_start_is_an_error(
    file: WebConfig, spoil: Callable[[Path], object], message: str
) -> None:
    spoil(file.path)
    open_before = os.listdir("/proc/self/fd")
    with pytest.raises(WebConfigError) as raised:
        WebConfigWatcher(file.path)
    assert os.listdir("/proc/self/fd") == open_before
    assert str(raised.value) == message


def test_users_without_tls_are_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "web.yml"
    path.write_text(f"basic_auth_users: {{a: {web_config.hashed('b')}}}")
    WebConfigWatcher(path)
    assert "users without TLS" in caplog.text


def test_users_that_were_replaced_are_no_longer_checked(file: WebConfig) -> None:
    watcher = WebConfigWatcher(file.path)
    before = watcher.access.users
    assert before
    file.write(tls_server_config=tls(), basic_auth_users=users(bob="b"))
    watcher.adopt(seen(watcher))
    result = asyncio.run(before.authenticate(b"Basic YWxpY2U6Yg=="))
    assert result.value == "busy"
    assert watcher.access.users is not before
