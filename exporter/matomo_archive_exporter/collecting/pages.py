"""The pages to serve, rendered after each reading and when a value becomes too old."""

import logging
import threading
import time

from matomo_archive_exporter.collecting.advice_page import AdvicePage, advice_page, no_advice
from matomo_archive_exporter.collecting.target import Target
from matomo_archive_exporter.web.formats import Page, render

log = logging.getLogger(__name__)


class Pages:
    """The pages of a target."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._lock = threading.Lock()
        self._page = self._render()
        self._advice = self._advise()

    def publish(self) -> None:
        """Render the values of now."""
        with self._lock:
            self._page = self._render()
            self._advice = self._advise()

    def advice(self) -> AdvicePage:
        """The advice to serve, as old as the page of the metrics."""
        self.current()
        return self._advice

    def current(self) -> Page:
        """The page to serve, without values past their age."""
        if time.monotonic() >= self._page.expires:
            self.publish()
        return self._page

    def _advise(self) -> AdvicePage:
        """The advice; an error in it must not stop the metrics."""
        try:
            return advice_page(self._target)
        except Exception as error:
            log.error("cannot render the advice", extra={"fields": {"error": repr(error)}})
            return no_advice("NOT KNOWN: an internal error stopped the advice; see the log.")

    def _render(self) -> Page:
        expires = self._target.next_expiry()
        return render(self._target.families(), expires)
