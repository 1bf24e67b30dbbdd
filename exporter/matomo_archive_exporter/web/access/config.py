"""The web config file: the format of Prometheus's exporter-toolkit (0.16), checked.

It refuses files that the toolkit takes but that protect less than they seem to.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from matomo_archive_exporter.web.access.config_faults import WebConfigError, describe

# Go's names of cipher suites and curves, which the file uses, and OpenSSL's.
TLS12_SUITES: Mapping[str, str] = {
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": "ECDHE-ECDSA-AES128-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": "ECDHE-ECDSA-AES256-SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": "ECDHE-RSA-AES128-SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": "ECDHE-RSA-AES256-SHA",
}
# Neither Go nor Python can choose among these: a file that names them accepts TLS 1.3.
TLS13_SUITES = frozenset(
    {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}
)
CIPHER_SUITES = TLS12_SUITES.keys() | TLS13_SUITES

CURVES: Mapping[str, str] = {
    "CurveP256": "prime256v1",
    "CurveP384": "secp384r1",
    "CurveP521": "secp521r1",
    "X25519": "X25519",
}

# Only two bits of the salt's last character count, and bcrypt refuses others. A cost above 15 takes
# more than two seconds for each login.
_BCRYPT = re.compile(r"\$2[aby]\$(0[4-9]|1[0-5])\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}")
# As Go writes durations.
_INTERVAL = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def _refusing(*values: str, why: str) -> BeforeValidator:
    def check(value: object) -> object:
        if value in values:
            raise ValueError(why)
        return value

    return BeforeValidator(check)


def _hash(value: SecretStr) -> SecretStr:
    if not _BCRYPT.fullmatch(value.get_secret_value()):
        raise ValueError(
            "takes a bcrypt hash with a cost of 4 to 15, such as htpasswd -nBC 10 NAME prints"
        )
    return value


def _interval(value: object) -> float:
    text = str(value)
    if text in ("0", ""):
        return 0.0
    parts = _INTERVAL.findall(text)
    if "".join(number + unit for number, unit in parts) != text:
        raise ValueError("takes a duration such as 100ms, 1s or 1m30s, or 0 for no limit")
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def _known(value: str, names: object, what: str) -> str:
    if value not in names:  # type: ignore[operator]
        raise ValueError(f"is not a supported {what}")
    return value


ClientAuth = Annotated[
    Literal[
        "NoClientCert", "RequestClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert"
    ],
    _refusing(
        "RequireAnyClientCert", "RequireClientCert",
        why="accepts any certificate; use RequireAndVerifyClientCert",
    ),
]  # fmt: skip
Version = Annotated[
    Literal["TLS12", "TLS13"],
    _refusing("TLS10", "TLS11", why="is insecure; use TLS12 or TLS13"),
]
Cipher = Annotated[str, AfterValidator(lambda name: _known(name, CIPHER_SUITES, "cipher suite"))]
Curve = Annotated[str, AfterValidator(lambda name: _known(name, CURVES, "curve"))]
BcryptHash = Annotated[SecretStr, AfterValidator(_hash)]


class _Section(BaseModel):
    """Unknown keys are errors, and no error repeats a value. An empty value counts as unset."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _without_empty_values(cls, given: Any) -> Any:
        if given == "":
            return {}
        if not isinstance(given, dict):
            return given
        known = {field.alias or name for name, field in cls.model_fields.items()}
        return {key: value for key, value in given.items() if value != "" or key not in known}


class TlsServerConfig(_Section):
    """`tls_server_config`: the server's certificate, and the accepted client certificates."""

    cert_file: str | None = None
    key_file: str | None = None
    cert: str | None = None
    key: SecretStr | None = None
    client_auth_type: ClientAuth = "NoClientCert"
    client_ca_file: str | None = None
    client_ca: str | None = None
    client_allowed_sans: tuple[str, ...] = ()
    min_version: Version = "TLS12"
    max_version: Version = "TLS13"
    cipher_suites: tuple[Cipher, ...] = ()
    prefer_server_cipher_suites: bool = True
    curve_preferences: tuple[Curve, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _has_a_value(cls, given: Any) -> Any:
        if isinstance(given, dict) and given and not any(given.values()):
            raise ValueError("all keys are empty")  # a template left them so: TLS is wanted
        return given

    @property
    def is_enabled(self) -> bool:
        return bool(self.model_fields_set)

    @property
    def verifies_clients(self) -> bool:
        return self.client_auth_type in ("VerifyClientCertIfGiven", "RequireAndVerifyClientCert")

    @property
    def demands_certificate(self) -> bool:
        """Whether the server refuses a client without one."""
        return self.client_auth_type == "RequireAndVerifyClientCert"

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if not self.is_enabled:
            return self
        for name in ("cert", "key", "client_ca"):
            if getattr(self, name) is not None and getattr(self, f"{name}_file") is not None:
                raise ValueError(f"{name} and {name}_file: set one, not both")
        for name in ("cert", "key"):
            if getattr(self, name) is None and getattr(self, f"{name}_file") is None:
                raise ValueError(f"{name}_file is missing")
        if self.min_version > self.max_version:
            raise ValueError("min_version is above max_version")
        if len(self.curve_preferences) > 1 and set(self.curve_preferences) != set(CURVES):
            raise ValueError("curve_preferences takes one curve or all")  # Python sets only one
        self._refuse_idle_client_settings()
        return self

    def _refuse_idle_client_settings(self) -> None:
        has_ca = self.client_ca is not None or self.client_ca_file is not None
        if has_ca and self.client_auth_type == "NoClientCert":
            raise ValueError("client_ca_file needs client_auth_type: RequireAndVerifyClientCert")
        if self.client_allowed_sans and not self.verifies_clients:
            raise ValueError(
                "client_allowed_sans needs client_auth_type: RequireAndVerifyClientCert"
            )
        if self.demands_certificate and not has_ca:
            raise ValueError("client_ca_file is missing")  # any public authority would be trusted


class Headers(_Section):
    """`headers` that the toolkit allows."""

    strict_transport_security: str | None = Field(None, alias="Strict-Transport-Security")
    content_type_options: Literal["nosniff"] | None = Field(None, alias="X-Content-Type-Options")
    frame_options: Literal["deny", "sameorigin"] | None = Field(None, alias="X-Frame-Options")
    xss_protection: str | None = Field(None, alias="X-XSS-Protection")
    content_security_policy: str | None = Field(None, alias="Content-Security-Policy")

    @model_validator(mode="after")
    def _fit_a_header(self) -> Self:
        if not all(value.isascii() and value.isprintable() for value in self.values.values()):
            raise ValueError("headers take printable ASCII characters")
        return self

    @property
    def values(self) -> dict[str, str]:
        """Name and value of each header that is set."""
        return self.model_dump(by_alias=True, exclude_none=True)


class HttpServerConfig(_Section):
    """`http_server_config`. This server speaks HTTP/1.1 and ignores `http2`."""

    http2: bool = True
    headers: Headers = Headers()


class RateLimit(_Section):
    """`rate_limit`: one request per interval (seconds; 0 is no limit), after a burst."""

    interval: Annotated[float, BeforeValidator(_interval)] = 0.0
    burst: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _allows_requests(self) -> Self:
        if self.interval and not self.burst:
            raise ValueError("burst is missing: all requests would be refused")
        return self


class WebConfig(_Section):
    tls_server_config: TlsServerConfig = TlsServerConfig()
    http_server_config: HttpServerConfig = HttpServerConfig()
    rate_limit: RateLimit = RateLimit()
    basic_auth_users: dict[str, BcryptHash] = {}


def parse(content: bytes) -> WebConfig:
    """The content of a file. Raises WebConfigError, one line that names the key and no value."""
    # YAML takes 30 ms to import: only users of such a file pay for it.
    from matomo_archive_exporter.web.access.config_text import mapping_of

    given = mapping_of(content)
    try:
        return WebConfig.model_validate(given)
    except ValidationError as error:
        raise WebConfigError(describe(error, WebConfig)) from None
