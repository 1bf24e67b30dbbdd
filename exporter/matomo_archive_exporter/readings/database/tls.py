"""The TLS of a connection: whom it trusts, and what it shows of itself."""

import os
import ssl

from mysql.connector.errors import InterfaceError


def context(
    ca: str | None, certificate: str | None, key: str | None, *, verifies: bool
) -> ssl.SSLContext:
    """Trusts only `ca`, a file or a folder of hashed names, as PHP's mysqlnd does.

    Without `ca` it trusts whom the system trusts. The driver (26.10) adds those always, and does
    not take a folder. Raises InterfaceError for a file that is of no use.
    """
    is_folder = ca is not None and os.path.isdir(ca)
    for path in (None if is_folder else ca, certificate, key):
        _require_file(path)
    try:
        made = ssl.create_default_context(
            cafile=None if is_folder else ca or None, capath=ca if is_folder else None
        )
    except OSError as error:
        raise InterfaceError(f"Invalid CA Certificate: {error}") from error
    made.check_hostname = verifies
    made.verify_mode = ssl.CERT_REQUIRED if verifies else ssl.CERT_NONE
    if certificate is not None:
        try:
            made.load_cert_chain(certificate, key)
        except OSError as error:
            raise InterfaceError(f"Invalid Certificate/Key: {error}") from error
    return made


def _require_file(path: str | None) -> None:
    """Raise InterfaceError for a pipe or a device, which OpenSSL would wait for."""
    if path and os.path.exists(path) and not os.path.isfile(path):
        raise InterfaceError(f"{path}: not a regular file")
