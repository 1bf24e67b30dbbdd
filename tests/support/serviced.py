"""The exporter's services on a machine, configured and driven as an administrator would."""

from dataclasses import dataclass
from typing import Self

from tests.conftest import PASSWORD, USER, Database
from tests.support.machine import Machine
from tests.support.process import wait_until
from tests.support.scrape import Page, fetch
from tests.support.units import SERVICES, TIMERS

SERVER, ONCE = SERVICES
(TIMER,) = TIMERS
TEXTFILES = "/var/lib/prometheus/node-exporter"
PASSWORD_FILE = "/etc/matomo-archive-exporter/password"
ENVIRONMENT = "/etc/matomo-archive-exporter/environment"
_DROP_INS = f"/etc/systemd/system/{SERVER}.d"


@dataclass(frozen=True, slots=True)
class Serviced:
    """Services of a machine for one database; stopped, and as new, after the block."""

    machine: Machine
    matomo: Database
    port: int

    def __enter__(self) -> Self:
        self.machine.write(PASSWORD_FILE, f"{PASSWORD}\n", mode="0600")
        self.configure()
        return self

    def __exit__(self, *_: object) -> None:
        self.machine.does("systemctl", "stop", SERVER, ONCE, TIMER)
        self.machine.run("systemctl", "reset-failed", SERVER)
        self.machine.does("rm", "-rf", _DROP_INS, f"{TEXTFILES}/matomo.prom")

    def configure(self, *more: str) -> None:
        """Write the environment file; of two lines for a variable the last one counts."""
        lines = (
            f"MATOMO_DATABASE_PORT={self.matomo.server.port}",
            f"MATOMO_DATABASE_USERNAME={USER}",
            f"MATOMO_DATABASE_DBNAME={self.matomo.name}",
            f"MATOMO_WEB_LISTEN_ADDRESS=127.0.0.1:{self.port}",
        )
        self.machine.write(ENVIRONMENT, "\n".join([*lines, *more, ""]), mode="0640")

    def drop_in(self, *settings: str) -> None:
        """Change the server's unit, as `systemctl edit` does."""
        self.machine.write(f"{_DROP_INS}/more.conf", "\n".join(["[Service]", *settings, ""]))

    def start(self) -> Page:
        """Start the server; its page after the first reading."""
        self.machine.does("systemctl", "daemon-reload")
        self.machine.does("systemctl", "restart", SERVER)
        wait_until(self.is_ready, "the exporter has read the database")
        return Page.of(fetch(f"http://127.0.0.1:{self.port}/metrics").text)

    def is_ready(self) -> bool:
        """Whether the server has read the database; fails when it will not."""
        try:
            return fetch(f"http://127.0.0.1:{self.port}/-/ready").status == 200
        except OSError:
            state = self.machine.property(SERVER, "ActiveState")
            assert state in ("active", "activating"), self.machine.log(SERVER)
            return False

    def written(self) -> Page:
        """Run the service that reads once; the page that it wrote for node_exporter."""
        self.machine.does("systemctl", "start", ONCE)
        return Page.of(self.machine.does("cat", f"{TEXTFILES}/matomo.prom"))
