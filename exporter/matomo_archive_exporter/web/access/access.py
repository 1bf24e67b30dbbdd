"""Access to the server, from one reading of the web config file."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from matomo_archive_exporter.web.access.config import WebConfig
from matomo_archive_exporter.web.access.config_file import ConfigFiles
from matomo_archive_exporter.web.access.tls import Tls, make_tls
from matomo_archive_exporter.web.access.users import LoginResult, Users
from matomo_archive_exporter.web.response import TEXT, Response, response

_POLICY_CHANGED = response(403, TEXT, b"TLS policy changed; reconnect\n", connection="close")
_NO_CERTIFICATE = response(403, TEXT, b"an allowed client certificate is required\n")
_UNAUTHORIZED = response(401, TEXT, b"user name and password are required\n",
                       www_authenticate='Basic realm="matomo-archive-exporter"')  # fmt: skip
_BUSY = response(429, TEXT, b"too many logins at once\n", retry_after="5")
_TOO_OFTEN = response(429, TEXT, b"too many requests\n")


class TokenBucket:
    """One request per `interval` (seconds), after a burst; full at the start."""

    def __init__(
        self, interval: float, burst: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._interval, self._burst, self._clock = interval, burst, clock
        self._tokens, self._at = float(burst), clock()

    def take(self) -> bool:
        """Count one more request, if the limit allows it."""
        now = self._clock()
        gained = (now - self._at) / self._interval
        self._tokens, self._at = min(self._burst, self._tokens + gained), now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


@dataclass(frozen=True, slots=True)
class Client:
    """A connection's access when it was made, and the names in the client's certificate (None
    without one).
    """

    access: "Access"
    names: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Access:
    """The TLS of new connections and the rules for every request. Without a web config file all
    requests are allowed.
    """

    config: WebConfig = field(default_factory=WebConfig)
    tls: Tls | None = None
    users: Users | None = None
    bucket: TokenBucket | None = None
    headers: tuple[tuple[bytes, bytes], ...] = ()

    @property
    def policy(self) -> object:
        """The TLS policy; connections under another one must reconnect."""
        return self.tls.policy if self.tls else None

    def is_more_open_than(self, before: "Access") -> bool:
        """Whether TLS, users, or the demand for certificates or names has gone."""
        return any(had and not has for had, has in zip(before._bars(), self._bars(), strict=True))

    def _bars(self) -> tuple[bool, ...]:
        tls = self.tls
        return (
            tls is not None,
            self.users is not None,
            tls is not None and tls.demands_certificate,
            tls is not None and bool(tls.allowed_names),
        )

    async def refusal(self, scope: Mapping[str, Any]) -> Response | None:
        """The response to a request that is not allowed; None to one that is."""
        if self.bucket and not self.bucket.take():
            return _TOO_OFTEN
        if self.tls:
            client: Client = scope["state"]["client"]
            if client.access.policy != self.policy:
                return _POLICY_CHANGED
            if not self.tls.allows(client.names):
                return _NO_CERTIFICATE
        return await _refusal_by(self.users, scope["headers"]) if self.users else None


async def _refusal_by(users: Users, headers: list[tuple[bytes, bytes]]) -> Response | None:
    given = [value for name, value in headers if name == b"authorization"]
    if len(given) != 1:
        return _UNAUTHORIZED
    result = await users.authenticate(given[0])
    return {LoginResult.REFUSED: _UNAUTHORIZED, LoginResult.BUSY: _BUSY}.get(result)


def make_access(files: ConfigFiles, before: Access) -> Access:
    """Access from the file. Unchanged sections keep their verified logins and counted requests.
    Raises WebConfigError.
    """
    config, was = files.config, before.config
    tls, users, rate = config.tls_server_config, config.basic_auth_users, config.rate_limit
    hashes = {name: text.get_secret_value() for name, text in users.items()}
    return Access(
        config,
        make_tls(tls, files.cert, files.key, files.client_ca) if tls.is_enabled else None,
        before.users if users == was.basic_auth_users
        else Users(hashes, before.users) if users else None,
        before.bucket if rate == was.rate_limit
        else TokenBucket(rate.interval, rate.burst) if rate.interval else None,
        tuple((k.lower().encode(), v.encode())
              for k, v in config.http_server_config.headers.values.items()),
    )  # fmt: skip
