"""A web config file with anything in it."""

import re
from pathlib import Path
from threading import TIMEOUT_MAX

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from matomo_archive_exporter.web.access.access import Access, make_access
from matomo_archive_exporter.web.access.config import WebConfig, parse
from matomo_archive_exporter.web.access.config_faults import WebConfigError
from matomo_archive_exporter.web.access.config_file import WebConfigFile
from tests.support.bounds import cpu_seconds, megabytes
from tests.support.certificates import Authority
from tests.support.strategies import Long, joined, long, spoiled
from tests.support.web_config import ALICE, hashed

HASH = "$2y$10$S3cr3tS3cr3tS3cr3tS3c.3tS3cr3tS3cr3tS3cr3tS3cr3tS3cr3"
KEY = "-----BEGIN PRIVATE KEY-----\n0S3cr3t" + "S3cr3t" * 9 + "\n-----END PRIVATE KEY-----\n"
SECRETS = ("$2y$10$S3cr3t", "0S3cr3tS3cr3tS3cr3t", "S3cr3t of mine")
"""No key that anybody could have meant: one that could be is named, so that it can be found."""

TLS = {"cert_file": "server.pem", "key_file": "server-key.pem"}
WHOLE = {
    "tls_server_config": {**TLS, "cipher_suites": ["TLS_AES_128_GCM_SHA256"]},
    "http_server_config": {"http2": False, "headers": {"X-Frame-Options": "deny"}},
    "rate_limit": {"interval": "1s", "burst": 3},
    "basic_auth_users": {ALICE: HASH, "S3cr3t of mine": HASH},
}
INLINE = {"tls_server_config": {"cert": "x", "key": KEY}, "basic_auth_users": {ALICE: HASH}}
FILES = st.sampled_from([yaml.safe_dump(WHOLE), yaml.safe_dump(INLINE)]).map(str.encode)

SHREDS = [
    *("\n\t :-?[]{}&*!|>'\"%@`#,~=<\0\x85\u2028\ufeffä"),
    *("\n  ", "\n- ", ": ", "&a ", "*a", "<<: ", "---\n", "...\n", "%YAML 9.9\n---\n"),
    *("!!python/object/apply:os.system [id]", "!<tag:x>", '"\\UFFFFFFFF"', '"\\ud800"', '"\\x00"'),
    *(HASH, f"'{HASH}'", "S3cr3t of mine", "null", "0s", "1e9", "true", "9" * 5000),
    *("tls_server_config:", "basic_auth_users:", "rate_limit:", "http_server_config:", "burst:"),
    *("cert_file:", "key:", "client_auth_type:", "interval:", "headers:", "cipher_suites:"),
    *("min_version:", "TLS13", "RequireAndVerifyClientCert", "client_ca: x"),
]
BYTES = [shred.encode("utf-8", "surrogatepass") for shred in SHREDS]
BYTES += [b"\xff", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", KEY.encode()]
CONTENTS = joined(BYTES) | spoiled(FILES, BYTES) | st.binary()

KEYS = ("tls_server_config", "http_server_config", "rate_limit", "basic_auth_users")
PLACES = (*KEYS, "takes ", "not YAML", "a key: ")


def check(content: bytes) -> WebConfig | None:
    """Either a config that protects what it says, or one line that tells where the fault is."""
    try:
        config = parse(content)
    except WebConfigError as error:
        message = str(error)
        assert message.isprintable()
        assert len(message) < 500
        assert [secret for secret in SECRETS if secret in message] == []
        assert message.startswith(PLACES) or re.match(r"[A-Za-z][\w-]{0,40}: unknown key", message)
        return None
    tls, rate = config.tls_server_config, config.rate_limit
    assert not tls.is_enabled or (tls.cert or tls.cert_file) is not None
    assert not tls.is_enabled or (tls.key or tls.key_file) is not None
    assert not tls.demands_certificate or (tls.client_ca or tls.client_ca_file) is not None
    assert rate.interval == 0 or 0 < rate.interval <= TIMEOUT_MAX
    assert rate.interval == 0 or rate.burst > 0
    # A name is no secret, and somebody may be called like his hash.
    assert HASH not in repr([*config.basic_auth_users.values()])
    assert KEY not in repr(tls)
    for name, value in config.http_server_config.headers.values.items():
        assert f"{name}{value}".isascii()
        assert f"{name}{value}".isprintable()
    return config


@given(CONTENTS)
@example(b'"\\UFFFFFFFF"')
@example(b"%YAML " + b"9" * 5000 + b".1\n---\n")
@example(b'basic_auth_users: {"\\ud800": "x"}')
@example(b"rate_limit: {burst: " + b"9" * 5000 + b"}")
@example(b"&a {tls_server_config: *a}")
@example(b"&a [*a]")
@example(b'http_server_config: {headers: {Strict-Transport-Security: "a\\r\\nb"}}')
def test_anything_is_a_config_or_refused_in_a_line_that_shows_no_secret(content: bytes) -> None:
    check(content)


def like_yaml(keys: list[str]) -> st.SearchStrategy[object]:
    """Mappings and lists with known keys and odd values."""
    scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    scalars |= st.sampled_from([HASH, KEY, "TLS12", "TLS10", "1s", "0", "", "RequireClientCert"])
    texts = st.sampled_from([*keys, *keys, HASH, "S3cr3t of mine", ""])
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=4),
        max_leaves=12,
    )


FIELDS = ["cert_file", "key_file", "cert", "key", "client_auth_type", "client_ca", "min_version"]
FIELDS += ["max_version", "cipher_suites", "curve_preferences", "client_allowed_sans", "http2"]
FIELDS += ["headers", "X-Frame-Options", "Strict-Transport-Security", "interval", "burst", ALICE]


@given(st.dictionaries(st.sampled_from(KEYS), like_yaml(FIELDS)))
@example({"basic_auth_users": {HASH: HASH}})
def test_any_values_of_its_keys_are_a_config_or_are_refused(sections: dict[str, object]) -> None:
    check(yaml.safe_dump(sections).encode())


@given(
    st.sets(st.text(min_size=1, max_size=20), max_size=5),
    st.booleans(),
    st.sampled_from(["TLS12", "TLS13"]),
    st.integers(1, 3600),
    st.integers(1, 10**6),
)
def test_a_good_file_is_read_as_it_was_written(
    names: set[str], has_tls: bool, version: str, seconds: int, burst: int
) -> None:
    sections = {
        "basic_auth_users": dict.fromkeys(sorted(names), HASH),
        "rate_limit": {"interval": f"{seconds}s", "burst": burst},
        "tls_server_config": {**TLS, "min_version": version} if has_tls else {},
    }
    config = check(yaml.safe_dump(sections).encode())
    assert config is not None
    assert set(config.basic_auth_users) == names
    assert (config.rate_limit.interval, config.rate_limit.burst) == (seconds, burst)
    assert config.tls_server_config.is_enabled == has_tls
    assert not has_tls or config.tls_server_config.min_version == version


# With the files that it names


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate and its key, and a web config file that each example replaces."""
    made = tmp_path_factory.mktemp("web")
    Authority.make(made, "authority").issue("server", "IP:127.0.0.1")
    return made


PARTS = [b"-----BEGIN CERTIFICATE-----\n", b"-----END CERTIFICATE-----\n", b"\0", b"A" * 64, b"\n"]
PARTS += [
    b"-----BEGIN PRIVATE KEY-----\n",
    b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n",
    b"=",
    b"\xff",
]


@given(st.data())
def test_broken_certificates_and_keys_are_refused_in_a_line(
    folder: Path, data: st.DataObject
) -> None:
    path = folder / "web.yml"
    path.write_text(
        yaml.safe_dump({"tls_server_config": TLS, "basic_auth_users": {ALICE: hashed("x")}})
    )
    for name in ("server.pem", "server-key.pem", "authority.pem"):
        whole = folder / name
        kept = folder / f"{name}.whole"
        if not kept.exists():
            kept.write_bytes(whole.read_bytes())
        good = kept.read_bytes()
        whole.write_bytes(data.draw(st.just(good) | spoiled(st.just(good), [*PARTS, good])))
    try:
        access = make_access(WebConfigFile(path).read(), Access())
    except WebConfigError as error:
        message = str(error)
        assert message.isprintable()
        assert "PRIVATE" not in message
    else:
        assert access.tls is not None
        assert access.users is not None
        access.users.close()


@given(joined(["a", "/", "..", "\n", "\0", "\udcff", "ä", " ", "S3cr3t of mine", "x" * 300], 5))
def test_every_bad_path_raises_the_config_error(folder: Path, named: str) -> None:
    path = folder / "paths.yml"
    sections = {"tls_server_config": {"cert_file": f"nowhere{named}", "key_file": named}}
    path.write_bytes(yaml.safe_dump(sections).encode("utf-8", "surrogatepass"))
    with pytest.raises(WebConfigError) as error:
        WebConfigFile(path).read()
    assert str(error.value).isprintable()
    assert "S3cr3t" not in str(error.value)


# Bounds


@settings(max_examples=5)
@given(long(BYTES))
def test_no_file_takes_long(content: Long[bytes]) -> None:
    with cpu_seconds(20):
        check(content.whole)


def test_a_file_of_aliases_of_aliases_takes_no_memory() -> None:
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    for key in ("", "basic_auth_users: {a: *a59}", "tls_server_config: {cipher_suites: *a59}"):
        with megabytes(16), cpu_seconds(5):
            assert check("\n".join([*lines, key]).encode()) is None


@pytest.mark.parametrize("start", ["[", "{a: ", "- ", "? ", "'", '"', "&a ", "!a ", "a\n", "#"])
def test_a_hundred_kilobytes_of_one_thing_are_refused_at_once(start: str) -> None:
    with cpu_seconds(20):
        check((start * (100_000 // len(start))).encode())
