"""A server with a stopped clock, so that expected times and ages can be typed in."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime

from tests.support.private_server import PrivateServer


@contextmanager
def stopped(server: PrivateServer, at: datetime, zone: str = "SYSTEM") -> Iterator[None]:
    """New sessions of ordinary users see `at` as the present and have `zone` as their zone."""
    seconds = int(at.timestamp())
    with closing(server.connect()) as root, closing(root.cursor()) as cursor:
        cursor.execute("SELECT @@global.init_connect, @@global.time_zone")
        before = [str(value) for value in cursor.fetchall()[0]]
        cursor.execute("SET GLOBAL init_connect = %s", (f"SET timestamp = {seconds}",))
        cursor.execute("SET GLOBAL time_zone = %s", (zone,))
        try:
            yield
        finally:
            cursor.execute("SET GLOBAL init_connect = %s, GLOBAL time_zone = %s", before)
