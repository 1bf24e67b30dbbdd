"""Secrets of the HTTP side never show either: passwords, their hashes, keys."""

from pathlib import Path

import pytest

from matomo_archive_exporter.demo.private_server import free_port
from tests.support.marked_secrets import MARK, finds
from tests.support.process import Exporter, run, wait_until
from tests.support.scrape import basic
from tests.support.web_config import ALICE, WebConfig, hashed, tls

PATHS = ("/metrics", "/", "/-/healthy", "/nowhere")
NO_DATABASE = (f"--database.port={free_port()}", "--database.username=u", "--log.level=debug")


@pytest.fixture
def file(tmp_path: Path) -> WebConfig:
    return WebConfig.make(tmp_path, basic_auth_users={ALICE: hashed(MARK)})


@pytest.mark.parametrize("password", [MARK, f"wrong {MARK}"], ids=["right", "wrong"])
def test_no_password_no_hash_and_no_key_shows_to_any_client(file: WebConfig, password: str) -> None:
    key = (file.path.parent / "server-key.pem").read_text(encoding="ascii").splitlines()[1]
    secret = hashed(MARK).encode()
    file.write(tls_server_config=tls(), basic_auth_users={ALICE: secret.decode()})
    with Exporter(
        *NO_DATABASE, file.flag, tls=file.client(), login=basic(ALICE, password)
    ) as running:
        responses = [running.get(path) for path in PATHS]
        file.write(tls_server_config=tls(), basic_auth_users={ALICE: f"{MARK} in plain"})
        wait_until(lambda: "keeping the previous one" in running.output, "the new file is refused")
        running.stop()
        texts = [running.output, *(response.text + str(response.headers) for response in responses)]
    assert {response.status for response in responses} == (
        {200, 404} if password == MARK else {200, 401}
    )
    assert finds(*texts) == []
    assert not any(key in text or secret.decode() in text for text in texts)


def test_a_secret_in_the_place_of_the_file_is_not_repeated() -> None:
    done = run("serve", *NO_DATABASE, f"--web.config.file={MARK}")
    assert done.err == "matomo-archive-exporter: --web.config.file: No such file or directory\n"
