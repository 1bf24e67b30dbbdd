"""A web config file and the files that it names, read at each call."""

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
    """The file's content with the PEM texts that it names; equal when nothing has changed."""

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
        """The files as they are now. Raises WebConfigError."""
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
        """A PEM text, from the file itself or from the file that it names; empty without one."""
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
        with open(path, "rb", opener=_without_waiting) as file:
            is_file = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            content = file.read(_MOST_BYTES + 1) if is_file else None
    except IsADirectoryError:
        content = None
    except OSError as error:
        raise WebConfigError(str(error.strerror)) from None
    except ValueError:  # a zero byte in the path
        raise WebConfigError("no such path") from None
    if content is None:
        raise WebConfigError("is not a file")
    if len(content) > _MOST_BYTES:
        raise WebConfigError("is larger than 1 MiB")
    return content


def _without_waiting(path: str, flags: int) -> int:
    """Open without waiting for a pipe or a device."""
    return os.open(path, flags | os.O_NONBLOCK)
