"""What is served: rendered after each reading, and when a value has become too old."""

import logging
import threading
import time

from matomo_archive_exporter.collecting.advice_page import AdvicePage, advice_page, no_advice
from matomo_archive_exporter.collecting.target import Target
from matomo_archive_exporter.web.formats import Page, render

log = logging.getLogger(__name__)


class Pages:
    """The page of a target: rendered after each reading, and again when a value becomes too old."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._lock = threading.Lock()
        self._page = self._render()
        self._advice = self._advise()

    def publish(self) -> None:
        """Render what is known now."""
        with self._lock:
            self._page = self._render()
            self._advice = self._advise()

    def advice(self) -> AdvicePage:
        """The advice to serve, as old as the page of the metrics."""
        self.current()
        return self._advice

    def current(self) -> Page:
        """The page to serve; a value past its age is never on it."""
        if time.monotonic() >= self._page.expires:
            self.publish()
        return self._page

    def _advise(self) -> AdvicePage:
        """The metrics are served whatever becomes of the advice."""
        try:
            return advice_page(self._target)
        except Exception as error:
            log.error("advice not rendered", extra={"fields": {"error": repr(error)}})
            return no_advice("NOT KNOWN: the advice could not be worked out.")

    def _render(self) -> Page:
        expires = self._target.next_expiry()
        return render(self._target.families(), expires)
