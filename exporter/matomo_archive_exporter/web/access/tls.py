"""The server's TLS, from PEM texts."""

import ipaddress
import os
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import NoReturn

from matomo_archive_exporter.web.access.config import CURVES, TLS12_SUITES, TlsServerConfig
from matomo_archive_exporter.web.access.config_faults import WebConfigError

_VERSIONS = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}
_CERTIFICATE = {"cert", "cert_file", "key", "key_file"}


@dataclass(frozen=True, slots=True)
class Tls:
    """A context for new connections, and the demands on a client's certificate.

    `policy` is all but the server's own certificate: connections under another one must reconnect.
    """

    context: ssl.SSLContext
    policy: tuple[object, ...]
    demands_certificate: bool
    allowed_names: frozenset[str]

    def allows(self, names: frozenset[str] | None) -> bool:
        """Whether a client with these names in its certificate (None: without one) is allowed."""
        if names is None:
            return not self.demands_certificate
        return not self.allowed_names or bool(names & self.allowed_names)


def make_tls(config: TlsServerConfig, cert: bytes, key: bytes, client_ca: bytes) -> Tls:
    """TLS as the section configures it. Raises WebConfigError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _set_terms(context, config)
    _load_certificate(context, cert, key)
    if config.verifies_clients:
        _verify_clients(context, client_ca)
    return Tls(
        context,
        (config.model_dump(exclude=_CERTIFICATE), client_ca),
        config.demands_certificate,
        frozenset(map(_canonical, config.client_allowed_sans)),
    )


def names_of_client(connection: ssl.SSLObject) -> frozenset[str] | None:
    """The subject alternative names of the client's certificate; None without one."""
    certificate = connection.getpeercert()
    if not certificate:
        return None
    return frozenset(_canonical(str(name[1])) for name in certificate.get("subjectAltName", ()))


def _canonical(name: str) -> str:
    """The usual form of an address; other names as they are."""
    try:
        return str(ipaddress.ip_address(name.strip()))
    except ValueError:
        return name


def _set_terms(context: ssl.SSLContext, config: TlsServerConfig) -> None:
    suites = [TLS12_SUITES[name] for name in config.cipher_suites if name in TLS12_SUITES]
    context.minimum_version = _VERSIONS[config.min_version]
    context.maximum_version = _VERSIONS[config.max_version]
    if suites:
        _set_suites(context, suites)
    elif config.cipher_suites:  # of TLS 1.3 only, which leaves none for 1.2
        context.minimum_version = ssl.TLSVersion.TLSv1_3
    if config.prefer_server_cipher_suites:
        context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    if len(config.curve_preferences) == 1:
        _set_curve(context, config.curve_preferences[0])


def _set_curve(context: ssl.SSLContext, curve: str) -> None:
    try:
        context.set_ecdh_curve(CURVES[curve])
    except ssl.SSLError:  # X25519 on the Python 3.11.2 of Debian 12
        raise WebConfigError("curve_preferences: this machine's Python cannot set it") from None


def _set_suites(context: ssl.SSLContext, suites: list[str]) -> None:
    try:
        context.set_ciphers(":".join(suites))
    except ssl.SSLError:
        raise WebConfigError("cipher_suites: this machine's OpenSSL allows none of them") from None


def _load_certificate(context: ssl.SSLContext, cert: bytes, key: bytes) -> None:
    try:
        with ExitStack() as stack:
            cert_path, key_path = (stack.enter_context(_in_memory(t)) for t in (cert, key))
            context.load_cert_chain(cert_path, key_path, _refuse_encrypted)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise WebConfigError("the key does not belong to the certificate") from None
        why = f" ({error.reason.lower().replace('_', ' ')})" if error.reason else ""
        raise WebConfigError(f"the certificate or its key is not valid PEM{why}") from None


@contextmanager
def _in_memory(text: bytes) -> Iterator[str]:
    """A path to the text in memory: OpenSSL takes only paths."""
    descriptor = os.memfd_create("pem")
    try:
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            file.write(text)
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def _refuse_encrypted() -> NoReturn:
    """Refuse a key with a password. Otherwise OpenSSL would ask at the terminal and wait."""
    raise WebConfigError("the key is encrypted: use one without a password")


def _verify_clients(context: ssl.SSLContext, client_ca: bytes) -> None:
    """Ask for a certificate and verify it. The application demands it, except for health checks."""
    context.verify_mode = ssl.CERT_OPTIONAL
    # Trust an authority in the file even if another one signed it, as Go does.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if not client_ca:
        context.load_default_certs(ssl.Purpose.CLIENT_AUTH)
        return
    try:
        # Comments in bundles may have any encoding.
        context.load_verify_locations(cadata=client_ca.decode("ascii", "ignore"))
    except (ssl.SSLError, ValueError):
        raise WebConfigError("client_ca_file: the file has no PEM certificate") from None
