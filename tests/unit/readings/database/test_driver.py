"""The exporter overrides private code of the driver: a change of it has to be read."""

import hashlib
import inspect

from mysql.connector.abstracts import MySQLConnectionAbstract
from mysql.connector.authentication import MySQLAuthenticator
from mysql.connector.connection import MySQLConnection
from mysql.connector.network import MySQLSocket, NetworkBrokerPlain
from mysql.connector.plugins import (
    caching_sha2_password,
    get_auth_plugin,
    mysql_clear_password,
    mysql_native_password,
    sha256_password,
)
from mysql.connector.protocol import MySQLProtocol

READ = (
    *(MySQLConnection.__init__, MySQLConnection._add_default_conn_attrs),
    *(MySQLConnection._do_handshake, MySQLConnection._do_auth, MySQLConnection._open_connection),
    *(MySQLConnectionAbstract.connect, MySQLAuthenticator, caching_sha2_password),
    *(mysql_native_password, MySQLProtocol.make_auth, MySQLProtocol.auth_plugin_first_response),
    *(MySQLProtocol.parse_auth_switch_request, MySQLProtocol.parse_auth_more_data),
    *(MySQLProtocol.parse_handshake, MySQLConnectionAbstract.config, sha256_password),
    *(MySQLConnection._get_connection, MySQLConnection._send_cmd),
    *(mysql_clear_password, get_auth_plugin.__wrapped__, MySQLSocket, NetworkBrokerPlain),
)


def test_the_login_of_the_driver_is_the_one_that_was_read() -> None:
    """Read it again when this fails: readings/database/driver.py, login.py and
    bounded_answer.py rely on it.

    Then run tests/end_to_end/test_login_refused.py, and raise the bound in pyproject.toml.
    """
    sources = "".join(inspect.getsource(each) for each in READ)
    assert hashlib.sha256(sources.encode()).hexdigest()[:16] == "1d68101ff5cb9123"
