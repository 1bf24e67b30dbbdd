"""Web config files in the format of Prometheus's exporter-toolkit, and clients that fit them."""

import os
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import bcrypt
import yaml

from tests.support.certificates import Authority, Pair

ALICE, PASSWORD = "alice", "correct: hörse"
QUICK, SLOW = 4, 11
"""Costs of a bcrypt hash: a millisecond, and about a tenth of a second."""


def hashed(password: str, cost: int = QUICK, version: str = "2b") -> str:
    """A bcrypt hash; the versions differ in name only, and none looks at more than 72 bytes."""
    made = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(cost)).decode()
    return made.replace("$2b$", f"${version}$", 1)


def replace(path: Path, content: str | bytes) -> None:
    """Replace a file in one step, so that no reader sees half of it."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(content.encode() if isinstance(content, str) else content)
    os.replace(beside, path)


@dataclass(frozen=True, slots=True)
class WebConfig:
    """A web config file and what lies beside it: the server's certificate, and its authority."""

    path: Path
    authority: Authority

    @classmethod
    def make(cls, folder: Path, **sections: object) -> Self:
        """A file with TLS and what else is said."""
        authority = Authority.make(folder, "authority")
        authority.issue("server", "IP:127.0.0.1,DNS:localhost")
        made = cls(folder / "web.yml", authority)
        made.write(**{"tls_server_config": tls(), **sections})
        return made

    @property
    def flag(self) -> str:
        """The exporter's flag for it."""
        return f"--web.config.file={self.path}"

    def write(self, **sections: object) -> None:
        """Let the file have these sections, and no others."""
        replace(self.path, yaml.safe_dump(sections))

    def client(self, pair: Pair | None = None) -> ssl.SSLContext:
        """A client that trusts the server, with a certificate of its own or without."""
        context = ssl.create_default_context(cafile=str(self.authority.cert))
        if pair:
            context.load_cert_chain(pair.cert, pair.key)
        return context


def tls(**more: object) -> dict[str, object]:
    """A section `tls_server_config`; paths are relative to the folder of the file."""
    return {"cert_file": "server.pem", "key_file": "server-key.pem", **more}


def client_certificates(ca: str = "clients.pem", **more: object) -> dict[str, object]:
    """The same, for clients that have a certificate of that authority."""
    demanded = {"client_auth_type": "RequireAndVerifyClientCert", "client_ca_file": ca}
    return tls(**{**demanded, **more})


def users(cost: int = QUICK, **others: str) -> dict[str, str]:
    """A section `basic_auth_users` with Alice and others, from their passwords."""
    passwords = {ALICE: PASSWORD, **others}
    return {name: hashed(password, cost) for name, password in passwords.items()}
