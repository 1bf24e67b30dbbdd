"""What is served: rendered after each reading, and when a value has become too old."""

import threading
import time

from matomo_archive_exporter.collecting.target import Target
from matomo_archive_exporter.web.formats import Page, render


class Pages:
    """The page of a target: rendered after each reading, and again when a value becomes too old."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._lock = threading.Lock()
        self.publish()

    def publish(self) -> None:
        """Render what is known now."""
        with self._lock:
            expires = self._target.next_expiry()
            self._page = render(self._target.families(), expires)

    def current(self) -> Page:
        """The page to serve; a value past its age is never on it."""
        if time.monotonic() >= self._page.expires:
            self.publish()
        return self._page
