"""`healthy`: whether the exporter on this host works, for container health checks."""

import http.client
import ssl
from typing import Final
from urllib.parse import SplitResult, urlsplit

from matomo_archive_exporter.settings.command_line import Invocation
from matomo_archive_exporter.settings.settings import Settings
from matomo_archive_exporter.settings.sources import SettingsError
from matomo_archive_exporter.settings.values import ListenAddress
from matomo_archive_exporter.terminal import show

_SECONDS: Final = 4.0
_EVERYWHERE: Final = {"": "localhost", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


def healthy(settings: Settings, invocation: Invocation) -> int:
    """0 when `/-/healthy` answers 200, else 1 and the reason in one line."""
    given = invocation.own.get("url")
    address = _parts(given) if given else _own_address(settings)
    try:
        status = _ask(address)
    except (OSError, UnicodeError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        show(f"not healthy: {address.netloc}: {reason}")
        return 1
    show("healthy" if status == http.client.OK else f"not healthy: answered {status}")
    return 0 if status == http.client.OK else 1


def _parts(url: str) -> SplitResult:
    """The address of an exporter. Raises SettingsError."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        usable = usable and parts.username is None
    except ValueError:
        usable = False
    if not usable or parts.path not in ("", "/"):
        raise SettingsError("--url: takes http://HOST:PORT or https://HOST:PORT")
    return parts


def _own_address(settings: Settings) -> SplitResult:
    """The first address on which `serve` listens with these settings."""
    listens = settings.web.listen_address[0]
    address = ListenAddress(_EVERYWHERE.get(listens.host, listens.host), listens.port)
    return urlsplit(f"{'https' if _speaks_tls(settings) else 'http'}://{address}")


def _speaks_tls(settings: Settings) -> bool:
    """Whether the web config file turns TLS on."""
    path = settings.web.config_file
    if path is None:
        return False
    from matomo_archive_exporter.web.access.config_faults import WebConfigError
    from matomo_archive_exporter.web.access.config_file import WebConfigFile

    try:
        return WebConfigFile(path).read().config.tls_server_config.is_enabled
    except WebConfigError as error:
        raise SettingsError(f"--web.config.file: {error}") from None


def _ask(address: SplitResult) -> int:
    """The status of the answer. Raises OSError and HTTPException.

    It verifies no certificate: it sends no secret, and the name in the certificate is rarely that
    of this host.
    """
    host, port = address.hostname or "", address.port
    connection: http.client.HTTPConnection
    if address.scheme == "https":
        context = ssl._create_unverified_context()  # noqa: S323
        connection = http.client.HTTPSConnection(host, port, timeout=_SECONDS, context=context)
    else:
        connection = http.client.HTTPConnection(host, port, timeout=_SECONDS)
    try:
        connection.request("GET", "/-/healthy")
        return connection.getresponse().status
    finally:
        connection.close()
