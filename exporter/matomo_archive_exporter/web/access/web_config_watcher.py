"""The access in force, which follows the web config file while the exporter runs."""

import logging
from pathlib import Path

from matomo_archive_exporter.web.access.access import Access, everybody, make_access
from matomo_archive_exporter.web.access.config_faults import WebConfigError
from matomo_archive_exporter.web.access.config_file import ConfigFiles, WebConfigFile

log = logging.getLogger(__name__)


class WebConfigWatcher:
    """Opens as the file at `path` says; without a path to everybody.

    Raises WebConfigError when the file cannot be used at the start. Later on a bad one is kept out.
    """

    def __init__(self, path: Path | None) -> None:
        self.access = everybody()
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
        """Of the addresses at which it opens."""
        return "https" if self.access.tls else "http"

    @property
    def follows_a_file(self) -> bool:
        """Whether there is anything to look at."""
        return self._file is not None

    def look(self) -> Access:
        """What the file asks for now; the access in force where that is nothing new, or no use.

        What is new counts once two looks agree: a file may be seen half written, and a key comes
        after its certificate. Takes some milliseconds, and may be called in another thread.
        """
        seen = self._read()
        is_settled, self._seen = seen == self._seen, seen
        if seen == self._config_files:
            self._reported = ""
        elif is_settled:
            return self._take(seen)
        return self.access

    def adopt(self, access: Access) -> None:
        """Hold all requests to this from now on."""
        before, self.access = self.access, access
        if before.users and before.users is not access.users:
            before.users.close()

    def close(self) -> None:
        """Check no more logins."""
        if self.access.users:
            self.access.users.close()

    def _read(self) -> ConfigFiles | str | None:
        """Everything that the file leads to, or what is wrong with it."""
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
        log.info("web config file read anew", extra={"fields": {"path": self._path}})
        self._warn(made)
        return made

    def _made(self, seen: ConfigFiles | str | None) -> Access:
        if not isinstance(seen, ConfigFiles):
            raise WebConfigError(seen)
        made = make_access(seen, self.access)
        if made.is_more_open_than(self.access):
            # Emptied or cut short, a file must not open the doors.
            raise WebConfigError(
                "takes away TLS, all users, the demand for certificates or all names that they"
                " must have, which only a restart does"
            )
        self._config_files = seen
        return made

    def _warn(self, access: Access) -> None:
        if access.users and not access.tls:
            log.warning("users without TLS: their passwords can be read on the way")

    def _report(self, fault: str) -> None:
        if fault != self._reported:
            self._reported = fault
            fields = {"path": self._path, "fault": fault}
            log.error("web config file kept out; the one before holds", extra={"fields": fields})


def _fault(error: Exception) -> str:
    """What to say of it. Whatever it is, the file is to be looked at again."""
    is_known = isinstance(error, WebConfigError)
    return str(error) if is_known else f"fault of ours: {type(error).__name__}"
