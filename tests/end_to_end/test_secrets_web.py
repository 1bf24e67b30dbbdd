"""What opens the HTTP side never shows either: passwords, their hashes, keys."""

import base64
from pathlib import Path

import pytest

from matomo_archive_exporter.demo.private_server import free_port
from tests.support.marked_secrets import MARK, finds
from tests.support.process import Exporter, run, wait_until
from tests.support.web_config import ALICE, WebConfig, hashed, tls

PATHS = ("/metrics", "/", "/-/healthy", "/nowhere")
NO_DATABASE = (f"--database.port={free_port()}", "--database.username=u", "--log.level=debug")


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"{ALICE}:{password}".encode()).decode()


@pytest.fixture
def file(tmp_path: Path) -> WebConfig:
    return WebConfig.make(tmp_path, basic_auth_users={ALICE: hashed(MARK)})


@pytest.mark.parametrize("password", [MARK, f"wrong {MARK}"], ids=["right", "wrong"])
def test_no_password_no_hash_and_no_key_shows_whoever_asks(file: WebConfig, password: str) -> None:
    key = (file.path.parent / "server-key.pem").read_text(encoding="ascii").splitlines()[1]
    secret = hashed(MARK).encode()
    file.write(tls_server_config=tls(), basic_auth_users={ALICE: secret.decode()})
    with Exporter(*NO_DATABASE, file.flag, tls=file.client(), login=basic(password)) as running:
        responses = [running.get(path) for path in PATHS]
        file.write(tls_server_config=tls(), basic_auth_users={ALICE: f"{MARK} in plain"})
        wait_until(lambda: "kept out" in running.output, "the new file is kept out")
        running.stop()
        texts = [running.output, *(response.text + str(response.headers) for response in responses)]
    assert {response.status for response in responses} == (
        {200, 404} if password == MARK else {200, 401}
    )
    assert finds(*texts) == []
    assert not any(key in text or secret.decode() in text for text in texts)


@pytest.mark.parametrize(
    "text",
    [
        f"basic_auth_users: {{{ALICE}: {MARK}}}",
        f"basic_auth_users: {{{ALICE}:{MARK}}}",
        f"basic_auth_users:\n  {ALICE}: {MARK}: b",
        f"tls_server_config:\n  key: |\n  {MARK}",
        f"tls_server_config: {{cert: a, key: {MARK}}}",
        f"tls_server_config: {{cert_file: {MARK}, key_file: {MARK}}}",
        f"{MARK}",
    ],
)
def test_a_file_that_is_refused_is_not_quoted(tmp_path: Path, text: str) -> None:
    path = tmp_path / "web.yml"
    path.write_text(text, encoding="utf-8")
    done = run("serve", *NO_DATABASE, f"--web.config.file={path}")
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(f"matomo-archive-exporter: --web.config.file: {path}: ")
    assert done.err.count("\n") == 1
    assert finds(done.err) == []


def test_a_secret_in_the_place_of_the_file_is_not_repeated() -> None:
    done = run("serve", *NO_DATABASE, f"--web.config.file={MARK}")
    assert done.err == "matomo-archive-exporter: --web.config.file: No such file or directory\n"
