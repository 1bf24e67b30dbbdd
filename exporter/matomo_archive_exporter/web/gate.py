"""The access in force, which follows the web config file while the exporter runs."""

import logging
from pathlib import Path

from matomo_archive_exporter.web.access import Access, everybody, make_access
from matomo_archive_exporter.web.config_faults import WebConfigError
from matomo_archive_exporter.web.config_file import Material, WebConfigFile

log = logging.getLogger(__name__)

_SAY_AT = 2
"""Looks at the same fault before it is said: a file and its key are not replaced in one step."""


class Gate:
    """Opens as the file at `path` says; without a path to everybody.

    Raises WebConfigError when the file cannot be used at the start. Later on a bad one is kept out.
    """

    def __init__(self, path: Path | None) -> None:
        self.access = everybody()
        self._path = path
        self._file = WebConfigFile(path) if path else None
        self._material: Material | None = None
        self._fault, self._seen = "", 0
        if self._file:
            self._material = self._file.read()
            self.access = make_access(self._material, self.access)
        if self.access.users and not self.access.tls:
            log.warning("users without TLS: their passwords can be read on the way")

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

        Takes some milliseconds, and may be called in another thread.
        """
        try:
            material = self._file.read() if self._file else self._material
            if material is None or material == self._material:
                self._seen = 0
                return self.access
            made = make_access(material, self.access)
        except WebConfigError as error:
            self._complain(str(error))
            return self.access
        except Exception as error:  # whatever it is, the file is to be looked at again
            self._complain(f"fault of ours: {type(error).__name__}")
            return self.access
        self._material, self._seen = material, 0
        log.info("web config file read anew", extra={"fields": {"path": self._path}})
        return made

    def adopt(self, access: Access) -> None:
        """Hold all requests to this from now on."""
        before, self.access = self.access, access
        if before.users and before.users is not access.users:
            before.users.close()

    def close(self) -> None:
        """Check no more logins."""
        if self.access.users:
            self.access.users.close()

    def _complain(self, fault: str) -> None:
        self._seen = self._seen + 1 if fault == self._fault else 1
        self._fault = fault
        if self._seen == _SAY_AT:
            fields = {"path": self._path, "fault": fault}
            log.error("web config file kept out; the one before holds", extra={"fields": fields})
