"""A web config file and the files that it names, read anew at each call."""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from matomo_archive_exporter.settings.values import path_for_errors
from matomo_archive_exporter.web.access.config import TlsServerConfig, WebConfig, parse
from matomo_archive_exporter.web.access.config_faults import WebConfigError

_MOST_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ConfigFiles:
    """What the file says, with the PEM texts it leads to; equal when nothing has changed."""

    config: WebConfig
    cert: bytes = field(default=b"", repr=False)
    key: bytes = field(default=b"", repr=False)
    client_ca: bytes = field(default=b"", repr=False)


class WebConfigFile:
    """The file at a path. Paths in it are relative to its folder, as in the exporter-toolkit."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._content: bytes | None = None
        self._config = WebConfig()

    def read(self) -> ConfigFiles:
        """Everything as it is now. Raises WebConfigError."""
        content = _read(self.path)
        if content != self._content:
            self._config = parse(content)
            self._content = content
        tls = self._config.tls_server_config
        if not tls.is_enabled:
            return ConfigFiles(self._config)
        cert, key, client_ca = (self._text(tls, name) for name in ("cert", "key", "client_ca"))
        return ConfigFiles(self._config, cert, key, client_ca)

    def _text(self, tls: TlsServerConfig, name: str) -> bytes:
        """A PEM text, from the file itself or from the one it names; nothing where it has none."""
        inline = tls.key.get_secret_value() if name == "key" and tls.key else getattr(tls, name)
        if inline is not None:
            return str(inline).encode("ascii", "replace")
        named = getattr(tls, f"{name}_file")
        if named is None:
            return b""
        try:
            return _read(self.path.parent / named)
        except WebConfigError as error:
            raise WebConfigError(f"{name}_file: {path_for_errors(Path(named))}{error}") from None


def _read(path: Path) -> bytes:
    try:
        # Neither a pipe nor a device is to keep us waiting.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise WebConfigError(str(error.strerror)) from None
    except ValueError:  # a zero byte in the path
        raise WebConfigError("no such path") from None
    try:
        return _content(descriptor)
    except OSError as error:
        raise WebConfigError(str(error.strerror)) from None
    finally:
        os.close(descriptor)


def _content(descriptor: int) -> bytes:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise WebConfigError("is not a file")
    with os.fdopen(descriptor, "rb", closefd=False) as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise WebConfigError("is larger than 1 MiB")
    return content
