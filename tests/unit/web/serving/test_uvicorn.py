"""The exporter overrides private code of uvicorn and asyncio: a change of it has to be read."""

import asyncio
import hashlib
import inspect
import ssl
from asyncio.sslproto import SSLProtocol

import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import Server, ServerState

READ = (HttpToolsProtocol, RequestResponseCycle, Server, ServerState)


def test_the_protocol_and_the_server_of_uvicorn_are_those_that_were_read() -> None:
    """Read them again when this fails: web/serving/protocol.py and server.py rely on them.

    Then run tests/end_to_end/test_hostile_*.py, and raise the bound in pyproject.toml.
    """
    sources = "".join(inspect.getsource(each) for each in READ)
    assert hashlib.sha256(sources.encode()).hexdigest()[:16] == "714eaaff84a51c47"


def test_asyncio_takes_the_given_size_of_the_tls_buffer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(SSLProtocol, "max_size", 16 * 1024)

    async def buffer() -> memoryview:
        loop, context = asyncio.get_running_loop(), ssl.create_default_context()
        waiter = loop.create_future()
        made = SSLProtocol(loop, asyncio.Protocol(), context, waiter, server_hostname="a")
        made._app_transport.close()
        return made.get_buffer(-1)

    assert len(asyncio.run(buffer())) == 16 * 1024
