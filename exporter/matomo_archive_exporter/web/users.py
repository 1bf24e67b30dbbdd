"""Who may come in by name and password."""

import asyncio
import base64
import binascii
import hashlib
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from enum import Enum

import bcrypt

_MOST_WAITING = 32
_MOST_REMEMBERED = 256
_BCRYPT_BYTES = 72
"""All that bcrypt looks at; the library refuses more instead of cutting it off, as others do."""


class Verdict(Enum):
    """What became of a login."""

    WELCOME = "welcome"
    REFUSED = "refused"
    BUSY = "busy"


class Users:
    """Names and bcrypt hashes. One login at a time is checked, in a thread of its own; those that
    were right are remembered, so that only a first one waits. An unknown name costs what a known
    one does.
    """

    def __init__(self, hashes: Mapping[str, str]) -> None:
        self._hashes = {
            name.encode("utf-8", "replace"): text.encode() for name, text in hashes.items()
        }
        self._decoys = tuple(self._hashes.values())
        self._salt = secrets.token_bytes(32)
        self._remembered: dict[bytes, None] = {}
        self._thread = ThreadPoolExecutor(1, "bcrypt")
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._is_closed = False

    async def judge(self, authorization: bytes) -> Verdict:
        """What a header of that name is worth; BUSY when too many others wait."""
        fingerprint = self._hash(authorization)
        if fingerprint in self._remembered:
            return Verdict.WELCOME
        login = _login(authorization)
        if login is None:
            return Verdict.REFUSED
        if self._waiting >= _MOST_WAITING:
            return Verdict.BUSY
        self._waiting += 1
        try:
            async with self._turn:
                return await self._check(*login, fingerprint)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Check no more: whoever waits is told BUSY."""
        self._is_closed = True
        self._thread.shutdown(wait=False)

    async def _check(self, name: bytes, password: bytes, fingerprint: bytes) -> Verdict:
        if self._is_closed:
            return Verdict.BUSY
        if fingerprint in self._remembered:  # while this one waited
            return Verdict.WELCOME
        number = int.from_bytes(self._hash(name), "big") % len(self._decoys)
        hashed = self._hashes.get(name, self._decoys[number])
        loop = asyncio.get_running_loop()
        is_right = await loop.run_in_executor(
            self._thread, bcrypt.checkpw, password[:_BCRYPT_BYTES], hashed
        )
        if not is_right or name not in self._hashes:
            return Verdict.REFUSED
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[fingerprint] = None
        return Verdict.WELCOME

    def _hash(self, text: bytes) -> bytes:
        return hashlib.blake2b(text, key=self._salt, digest_size=16).digest()


def _login(authorization: bytes) -> tuple[bytes, bytes] | None:
    """Name and password of a header for basic authentication (RFC 7617)."""
    scheme, _, encoded = authorization.strip().partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        name, colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
    except binascii.Error:
        return None
    return (name, password) if colon else None
