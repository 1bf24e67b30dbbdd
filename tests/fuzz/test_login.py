"""A server that says anything while the exporter logs in."""

import contextlib

from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import SecretStr

from matomo_archive_exporter.readings.database.connection import connect
from matomo_archive_exporter.readings.database.errors import ReadingError
from matomo_archive_exporter.settings.options import DatabaseSettings
from tests.support.marked_secrets import MARK
from tests.support.rogue_server import FULL_EXCHANGE, SEED, rogue, switch

PLUGINS = st.sampled_from(
    [
        *("mysql_native_password", "caching_sha2_password", "sha256_password"),
        *("mysql_clear_password", "dialog", "", "authentication_ldap_sasl_client"),
    ]
)
SEEDS = st.sampled_from([SEED, b"", b"\x04", b"\x04" * 20, SEED[:8]]) | st.binary(max_size=30)
PACKETS = (
    st.builds(switch, PLUGINS, SEEDS)
    | st.sampled_from([FULL_EXCHANGE, b"\x01\x03", b"\x01\x02", b"\x01", b"\xfe", b"\x00", b"\xff"])
    | st.binary(max_size=40)
)


@given(PLUGINS, st.lists(PACKETS, max_size=5))
@example("caching_sha2_password", [b"\x01\x03", FULL_EXCHANGE])
@example("mysql_native_password", [switch("caching_sha2_password", b"\x04")])
def test_without_tls_no_conversation_ends_with_the_password_on_the_wire(
    greeting: str, packets: list[bytes]
) -> None:
    with rogue(*packets, greeting=greeting) as server:
        settings = DatabaseSettings(
            port=server.port, username="reader", password=SecretStr(MARK), statement_timeout=0.1
        )
        with contextlib.suppress(ReadingError), connect(settings):
            pass
    assert MARK.encode() not in server.everything
