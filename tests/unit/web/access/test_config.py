"""Web config files in exporter-toolkit's format, and the errors of invalid ones."""

import pytest

from matomo_archive_exporter.web.access.config import parse
from matomo_archive_exporter.web.access.config_faults import WebConfigError

HASH = "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG"
PAIR = "cert_file: server.crt, key_file: server.key"


def tls(more: str = "") -> str:
    return f"tls_server_config: {{{PAIR}{more and ', '}{more}}}"


def fault(text: str) -> str:
    """The error of a refused file."""
    with pytest.raises(WebConfigError) as raised:
        parse(text.encode())
    assert "\n" not in str(raised.value)
    return str(raised.value)


# Taken


@pytest.mark.parametrize("text", ["", "\n", "---", "# nothing\n", "basic_auth_users:\n", "{}"])
def test_a_file_that_says_nothing_asks_for_nothing(text: str) -> None:
    config = parse(text.encode())
    assert not config.tls_server_config.is_enabled
    assert not config.basic_auth_users


EVERYTHING = f"""\
tls_server_config:
  cert_file: server.crt
  key_file: /etc/ssl/server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.crt
  client_allowed_sans: [prometheus.example, 10.0.0.7]
  min_version: TLS12
  max_version: TLS13
  cipher_suites:
    - TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
    - TLS_AES_128_GCM_SHA256
  prefer_server_cipher_suites: false
  curve_preferences: [CurveP256]
http_server_config:
  http2: true
  headers:
    Strict-Transport-Security: max-age=31536000
    X-Content-Type-Options: nosniff
    X-Frame-Options: deny
    X-XSS-Protection: "0"
    Content-Security-Policy: default-src 'self'
rate_limit:
  interval: 100ms
  burst: 20
basic_auth_users:
  alice: {HASH}
  123: "{HASH}"
"""


def test_everything_that_the_format_has_is_taken() -> None:
    config = parse(EVERYTHING.encode())
    section = config.tls_server_config
    assert (section.cert_file, section.key_file) == ("server.crt", "/etc/ssl/server.key")
    assert section.demands_certificate
    assert section.client_allowed_sans == ("prometheus.example", "10.0.0.7")
    assert not section.prefer_server_cipher_suites
    assert config.rate_limit.interval == 0.1
    assert config.http_server_config.headers.values["X-Frame-Options"] == "deny"
    assert set(config.basic_auth_users) == {"alice", "123"}


def test_certificates_may_be_inline() -> None:
    config = parse(b"tls_server_config:\n  cert: |\n    a\n    b\n  key: c\n")
    assert config.tls_server_config.cert == "a\nb\n"


def test_a_header_that_is_left_blank_is_not_sent() -> None:
    config = parse(b"http_server_config:\n  headers:\n    X-Frame-Options:\n")
    assert config.http_server_config.headers.values == {}


def test_all_curves_are_the_same_as_none() -> None:
    parse(tls("curve_preferences: [CurveP256, CurveP384, CurveP521, X25519]").encode())


@pytest.mark.parametrize("null", ["null", "~", "NULL", "", '""'])
def test_null_is_nothing(null: str) -> None:
    config = parse(f"tls_server_config: {null}\nbasic_auth_users: {null}".encode())
    assert not config.tls_server_config.is_enabled
    section = parse(tls(f"client_ca_file: {null}").encode()).tls_server_config
    assert section.client_ca_file is None


@pytest.mark.parametrize(
    ("text", "seconds"), [("1s", 1), ("1m30s", 90), ("100us", 0.0001), ("0", 0), ("1.5h", 5400)]
)
def test_an_interval_is_written_as_go_does(text: str, seconds: float) -> None:
    config = parse(f"rate_limit: {{interval: {text}, burst: 1}}".encode())
    assert config.rate_limit.interval == pytest.approx(seconds)


@pytest.mark.parametrize("version", ["2a", "2b", "2y"])
def test_bcrypt_has_three_names(version: str) -> None:
    parse(f"basic_auth_users: {{a: {HASH.replace('2y', version)}}}".encode())


# Refused


REFUSED = {
    "tls_sever_config: {}": "tls_sever_config: unknown key; did you mean tls_server_config?",
    "tls_server_config: {cert_fle: a}": (
        "tls_server_config.cert_fle: unknown key; did you mean cert_file?"
    ),
    "http_server_config: {headers: {Server: a}}": (
        "http_server_config.headers.Server: unknown key; use one of Strict-Transport-Security,"
        " X-Content-Type-Options, X-Frame-Options, X-XSS-Protection, Content-Security-Policy"
    ),
    "tls_server_config: yes please": "tls_server_config: takes keys and values",
    "- a": "takes keys such as tls_server_config and basic_auth_users",
    "a: b\na: c": "not YAML, or a repeated key near line 1, column 1",
    "a: [": "not YAML, or a repeated key near line 1, column 5",
    "&a [*a]": "not YAML, or a repeated key near line 1, column 1",
    "tls_server_config: {cert_file: a}": "tls_server_config: key_file is missing",
    "tls_server_config: {key_file: a}": "tls_server_config: cert_file is missing",
    "tls_server_config: {min_version: TLS13}": "tls_server_config: cert_file is missing",
    tls("cert: b"): "tls_server_config: cert and cert_file: set one, not both",
    tls("min_version: TLS11"): ("tls_server_config.min_version: is insecure; use TLS12 or TLS13"),
    tls("min_version: TLS14"): "tls_server_config.min_version: takes 'TLS12' or 'TLS13'",
    tls("min_version: TLS13, max_version: TLS12"): (
        "tls_server_config: min_version is above max_version"
    ),
    tls("cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]"): (
        "tls_server_config.cipher_suites.0: is not a supported cipher suite"
    ),
    tls("curve_preferences: [Curve25519]"): (
        "tls_server_config.curve_preferences.0: is not a supported curve"
    ),
    tls("curve_preferences: [X25519, CurveP256]"): (
        "tls_server_config: curve_preferences takes one curve or all"
    ),
    tls("client_ca_file: a"): (
        "tls_server_config: client_ca_file needs client_auth_type: RequireAndVerifyClientCert"
    ),
    tls("client_auth_type: RequireAnyClientCert"): (
        "tls_server_config.client_auth_type: accepts any certificate; use"
        " RequireAndVerifyClientCert"
    ),
    tls("client_auth_type: RequireAndVerifyClientCert"): (
        "tls_server_config: client_ca_file is missing"
    ),
    tls("client_allowed_sans: [a], client_auth_type: RequestClientCert"): (
        "tls_server_config: client_allowed_sans needs client_auth_type: RequireAndVerifyClientCert"
    ),
    "http_server_config: {headers: {X-Frame-Options: allow}}": (
        "http_server_config.headers.X-Frame-Options: takes 'deny' or 'sameorigin'"
    ),
    'http_server_config: {headers: {X-XSS-Protection: "a\\nb"}}': (
        "http_server_config.headers: headers take printable ASCII characters"
    ),
    "rate_limit: {interval: often}": (
        "rate_limit.interval: takes a duration such as 100ms, 1s or 1m30s, or 0 for no limit"
    ),
    "rate_limit: {interval: 1000000000}": (
        "rate_limit.interval: takes a duration such as 100ms, 1s or 1m30s, or 0 for no limit"
    ),
    "basic_auth_user:": "basic_auth_user: unknown key; did you mean basic_auth_users?",
    'tls_server_config: {cert_file: "", key_file: }': "tls_server_config: all keys are empty",
    "rate_limit: {interval: 1s}": "rate_limit: burst is missing: all requests would be refused",
    "basic_auth_users: {alice: in plain}": (
        "basic_auth_users: a user: takes a bcrypt hash with a cost of 4 to 15, such as"
        " htpasswd -nBC 10 NAME prints"
    ),
    "basic_auth_users: [alice]": "basic_auth_users: takes keys and values",
}


@pytest.mark.parametrize(("text", "message"), REFUSED.items())
def test_the_error_for_a_bad_value_is_one_line_that_names_the_key(text: str, message: str) -> None:
    assert fault(text) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (tls("max_version: TLS11"), "max_version"),
        (tls("min_version: SSL30"), "TLS12"),
        (tls("prefer_server_cipher_suites: perhaps"), "prefer_server_cipher_suites"),
        (tls("client_auth_type: Somebody, client_ca_file: a"), "RequireAndVerifyClientCert"),
        (tls("client_auth_type: RequireClientCert"), "RequireAndVerifyClientCert"),
        ("http_server_config: {http3: true}", "http_server_config.http3"),
        ("http_server_config: {http2: perhaps}", "http_server_config.http2"),
        (f"basic_auth_users: {{a: {HASH.replace('2y', '2x')}}}", "bcrypt"),
        (f"basic_auth_users: {{a: {HASH[:-1]}}}", "bcrypt"),
        ("basic_auth_users: {a: ''}", "basic_auth_users"),
        ("!!python/object/apply:os.system [echo a]", "takes keys"),
        ("\x00", "YAML"),
    ],
)
def test_the_error_names_the_refused_value(text: str, message: str) -> None:
    assert message in fault(text)


@pytest.mark.parametrize(
    "text",
    [
        "basic_auth_users: {alice: Xq7Vw2Jd}",
        "basic_auth_users: {'alice: Xq7Vw2Jd': a}",
        "basic_auth_users: {alice: [Xq7Vw2Jd]}",
        "basic_auth_users: Xq7Vw2Jd",
        "basic_auth_users:\n  alice: Xq7Vw2Jd: b",
        "'$2y$10$Xq7Vw2Jd': a",
        "tls_server_config:\n  key: |\n  Xq7Vw2Jd+/=",
        "tls_server_config: {'MII Xq7Vw2Jd': a}",
        "tls_server_config: {key: [Xq7Vw2Jd]}",
        "tls_server_config: {key: Xq7Vw2Jd}",
        "*Xq7Vw2Jd",
        "!Xq7Vw2Jd a: [",
    ],
)
def test_no_fault_repeats_a_value(text: str) -> None:
    assert "Xq7Vw2Jd" not in fault(text)


@pytest.mark.parametrize("cost", ["03", "16", "32", "4", "xx"])
def test_a_hash_needs_a_cost_that_bcrypt_has(cost: str) -> None:
    assert "bcrypt" in fault(f"basic_auth_users: {{a: {HASH.replace('$10$', f'${cost}$')}}}")


def test_a_salt_that_bcrypt_would_refuse_is_refused() -> None:
    assert "bcrypt" in fault(f"basic_auth_users: {{a: {HASH[:28]}/{HASH[29:]}}}")
