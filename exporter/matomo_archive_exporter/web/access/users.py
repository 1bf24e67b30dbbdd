"""Users with name and password."""

import asyncio
import base64
import binascii
import hashlib
import secrets
from collections.abc import Mapping
from enum import Enum
from functools import partial

import bcrypt

from matomo_archive_exporter.web.daemon_thread import run_in_daemon_thread

_MOST_WAITING = 32
_MOST_REMEMBERED = 256
_BCRYPT_BYTES = 72
"""bcrypt uses no more; the library refuses a longer text instead of cutting it off."""


class LoginResult(Enum):
    ACCEPTED = "accepted"
    REFUSED = "refused"
    BUSY = "busy"


class Users:
    """Names and bcrypt hashes. It checks one login at a time, in a thread, and remembers correct
    ones, so that only the first waits. An unknown name takes as long as a known one.

    Remembered logins of the users `before` still count where the hash is the same.
    """

    def __init__(self, hashes: Mapping[str, str], before: "Users | None" = None) -> None:
        self._hashes = {
            name.encode("utf-8", "replace"): text.encode() for name, text in hashes.items()
        }
        self._decoys = tuple(self._hashes.values())
        self._salt: bytes = before._salt if before else secrets.token_bytes(32)
        self._remembered: dict[bytes, bytes] = before._still_right(self._hashes) if before else {}
        self._lock = asyncio.Lock()
        self._waiting = 0
        self._check: asyncio.Future[LoginResult] | None = None
        self._is_closed = False

    async def authenticate(self, authorization: bytes) -> LoginResult:
        """The result for an Authorization header; BUSY when too many others wait."""
        fingerprint = self._hash(authorization)
        if fingerprint in self._remembered:
            return LoginResult.ACCEPTED
        login = _login(authorization)
        if login is None:
            return LoginResult.REFUSED
        if self._waiting >= _MOST_WAITING:
            return LoginResult.BUSY
        self._waiting += 1
        try:
            async with self._lock:
                return await self._authenticate_in_turn(*login, fingerprint)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Check no more logins: those that wait are BUSY at once."""
        self._is_closed = True
        if self._check and not self._check.done():
            self._check.set_result(LoginResult.BUSY)

    async def _authenticate_in_turn(
        self, name: bytes, password: bytes, fingerprint: bytes
    ) -> LoginResult:
        if self._is_closed:
            return LoginResult.BUSY
        if fingerprint in self._remembered:  # while this one waited
            return LoginResult.ACCEPTED
        number = int.from_bytes(self._hash(name), "big") % len(self._decoys)
        hashed = self._hashes.get(name, self._decoys[number])
        self._check = run_in_daemon_thread(partial(_compare, password, hashed))
        result = await self._check
        if result is LoginResult.ACCEPTED and name not in self._hashes:
            return LoginResult.REFUSED
        if result is LoginResult.ACCEPTED:
            self._remember(fingerprint, name)
        return result

    def _remember(self, fingerprint: bytes, name: bytes) -> None:
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[fingerprint] = name

    def _still_right(self, hashes: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
        return {
            fingerprint: name
            for fingerprint, name in self._remembered.items()
            if hashes.get(name) == self._hashes[name]
        }

    def _hash(self, text: bytes) -> bytes:
        return hashlib.blake2b(text, key=self._salt, digest_size=16).digest()


def _compare(password: bytes, hashed: bytes) -> LoginResult:
    try:
        is_right = bcrypt.checkpw(password[:_BCRYPT_BYTES], hashed)
    except ValueError:  # a hash that only looks like one
        is_right = False
    return LoginResult.ACCEPTED if is_right else LoginResult.REFUSED


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
