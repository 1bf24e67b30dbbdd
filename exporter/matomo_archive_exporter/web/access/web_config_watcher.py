"""The access in force. It follows the web config file while the exporter runs."""

import logging
from pathlib import Path

from matomo_archive_exporter.web.access.access import Access, make_access
from matomo_archive_exporter.web.access.config_faults import WebConfigError
from matomo_archive_exporter.web.access.config_file import ConfigFiles, WebConfigFile

log = logging.getLogger(__name__)


class WebConfigWatcher:
    """Gives access as the file at `path` configures it; without a path all requests are allowed.

    Raises WebConfigError for an invalid file at the start. Later it ignores one.
    """

    def __init__(self, path: Path | None) -> None:
        self.access = Access()
        self._path = path
        self._file = WebConfigFile(path) if path else None
        self._config_files: ConfigFiles | None = None
        self._seen: ConfigFiles | str | None = None
        self._reported = ""
        if self._file:
            self._config_files = self._file.read()
            self.access = make_access(self._config_files, self.access)
            self._warn(self.access)

    @property
    def scheme(self) -> str:
        return "https" if self.access.tls else "http"

    @property
    def follows_a_file(self) -> bool:
        return self._file is not None

    def look(self) -> Access:
        """The access that the file asks for; the one in force if that is the same or invalid.

        A change counts once two looks agree: a file may be half written, and a key comes after its
        certificate. It takes some milliseconds, and may run in another thread.
        """
        seen = self._read()
        is_settled, self._seen = seen == self._seen, seen
        if seen == self._config_files:
            self._reported = ""
        elif is_settled:
            return self._take(seen)
        return self.access

    def adopt(self, access: Access) -> None:
        """Apply this access to all requests from now on."""
        before, self.access = self.access, access
        if before.users and before.users is not access.users:
            before.users.close()

    def close(self) -> None:
        if self.access.users:
            self.access.users.close()

    def _read(self) -> ConfigFiles | str | None:
        """The file and those that it names, or the fault."""
        try:
            return self._file.read() if self._file else None
        except Exception as error:
            return _fault(error)

    def _take(self, seen: ConfigFiles | str | None) -> Access:
        try:
            made = self._made(seen)
        except Exception as error:
            self._report(_fault(error))
            return self.access
        self._reported = ""
        log.info("web config reloaded", extra={"fields": {"path": self._path}})
        self._warn(made)
        return made

    def _made(self, seen: ConfigFiles | str | None) -> Access:
        if not isinstance(seen, ConfigFiles):
            raise WebConfigError(seen)
        made = make_access(seen, self.access)
        if made.is_more_open_than(self.access):
            # A file that was emptied or cut short must not open access.
            raise WebConfigError(
                "it removes TLS, all users, or the demand for client certificates or their names;"
                " restart the exporter to allow that"
            )
        self._config_files = seen
        return made

    def _warn(self, access: Access) -> None:
        if access.users and not access.tls:
            log.warning("users without TLS: others can read their passwords on the network")

    def _report(self, fault: str) -> None:
        if fault != self._reported:
            self._reported = fault
            fields = {"path": self._path, "fault": fault}
            log.error("invalid web config; keeping the previous one", extra={"fields": fields})


def _fault(error: Exception) -> str:
    """The fault in words; any error, since the watcher must go on."""
    is_known = isinstance(error, WebConfigError)
    return str(error) if is_known else f"internal error: {type(error).__name__}"
