"""Who may come in, as one reading of the web config file has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from matomo_archive_exporter.web.access.config import WebConfig
from matomo_archive_exporter.web.access.config_file import ConfigFiles
from matomo_archive_exporter.web.access.rate_limit import TokenBucket
from matomo_archive_exporter.web.access.tls import Tls, make_tls
from matomo_archive_exporter.web.access.users import LoginResult, Users
from matomo_archive_exporter.web.response import TEXT, Response, response

_MET_OTHERWISE = response(403, TEXT, b"what is trusted has changed: connect again\n",
                        connection="close")  # fmt: skip
_NO_CERTIFICATE = response(403, TEXT, b"a client certificate that is allowed in is needed\n")
_UNAUTHORIZED = response(401, TEXT, b"name and password are needed\n",
                       www_authenticate='Basic realm="matomo-archive-exporter"')  # fmt: skip
_BUSY = response(429, TEXT, b"too many logins at once\n", retry_after="5")
_TOO_OFTEN = response(429, TEXT, b"too many requests\n")


@dataclass(frozen=True, slots=True)
class Client:
    """What is known of a connection: its access when it was made, and the names in the client's
    certificate (None without one).
    """

    met_with: "Access"
    names: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Access:
    """What new connections are met with, and what every request is held to."""

    config: WebConfig
    tls: Tls | None = None
    users: Users | None = None
    bucket: TokenBucket | None = None
    headers: tuple[tuple[bytes, bytes], ...] = ()

    @property
    def policy(self) -> object:
        """What a connection that was made before must have been held to as well."""
        return self.tls.policy if self.tls else None

    def is_more_open_than(self, before: "Access") -> bool:
        """Whether something that kept strangers out is gone altogether."""
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
        """The answer to a request that may not be carried out, None to one that may."""
        if self.bucket and not self.bucket.take():
            return _TOO_OFTEN
        if self.tls:
            client: Client = scope["state"]["client"]
            if client.met_with.policy != self.policy:
                return _MET_OTHERWISE
            if not self.tls.lets_in(client.names):
                return _NO_CERTIFICATE
        return await _refusal_by(self.users, scope["headers"]) if self.users else None


async def _refusal_by(users: Users, headers: list[tuple[bytes, bytes]]) -> Response | None:
    given = [value for name, value in headers if name == b"authorization"]
    if len(given) != 1:
        return _UNAUTHORIZED
    result = await users.authenticate(given[0])
    return {LoginResult.REFUSED: _UNAUTHORIZED, LoginResult.BUSY: _BUSY}.get(result)


def everybody() -> Access:
    """Access without a web config file."""
    return Access(WebConfig())


def make_access(files: ConfigFiles, before: Access) -> Access:
    """Access as the file has it. What it says as before goes on: logins that were verified, the
    requests that were counted. Raises WebConfigError.
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
