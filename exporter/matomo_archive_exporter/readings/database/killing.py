"""End the exporter's running statement on the server when the exporter stops."""

from contextlib import suppress

from matomo_archive_exporter.readings.database.connection import Session, connect
from matomo_archive_exporter.settings.options import DatabaseSettings

# This statement has the mark too.
_OURS = """
SELECT id FROM information_schema.processlist
WHERE id = %s AND info LIKE %s AND id <> CONNECTION_ID()"""


def kill_statement(settings: DatabaseSettings, session: Session) -> None:
    """Ask the server to end the statement of our own `session`. It never raises.

    Every user may kill statements of connections of its own, and Matomo may have the same user: a
    statement is killed only if it carries our mark. Else the server's time limit ends ours.
    """
    quick = settings.model_copy(update={"connect_timeout": 0.5, "statement_timeout": 0.5})
    with suppress(Exception), connect(quick) as connection:
        for (number,) in connection.rows(_OURS, (session.id, f"%{session.mark}%")):
            connection.rows(f"KILL QUERY {int(number)}")
