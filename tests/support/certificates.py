"""Certificate authorities for a test, and certificates from them."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
_NEW_RSA_KEY = ("-newkey", "rsa:2048", "-nodes")
_SIGNS = ("-addext", "keyUsage=critical,keyCertSign,cRLSign")  # which Python 3.13 insists on


@dataclass(frozen=True, slots=True)
class Certificates:
    """PEM files. All users may read those of the server, since it runs as another user."""

    ca: Path
    cert: Path
    key: Path


def make(folder: Path, name: str, *, rsa: bool = False) -> Certificates:
    """Make an authority and a certificate for a server called `name` ("IP:127.0.0.1").

    Old servers (MySQL 5.7, and the first of 8.0) know RSA only, in the older of its file formats.
    """
    authority = Authority.make(folder, "ca", rsa=rsa)
    made = authority.issue("cert", name, rsa=rsa)
    folder.chmod(0o755)
    for path in (authority.cert, made.cert, made.key):
        path.chmod(0o644)
    return Certificates(authority.cert, made.cert, made.key)


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, as PEM files."""

    cert: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority; what it issues lies beside it. Strict verifiers find nothing amiss."""

    cert: Path
    key: Path

    @classmethod
    def make(cls, folder: Path, name: str, *, rsa: bool = False) -> Self:
        """A new one, in files of that name."""
        new_key = _NEW_RSA_KEY if rsa else _NEW_KEY
        cert, key = folder / f"{name}.pem", folder / f"{name}-key.pem"
        subject = ("-subj", f"/CN={name}")
        _openssl("req", "-x509", *new_key, "-keyout", key, "-out", cert, *subject, *_SIGNS)
        return cls(cert, key)

    def issue(
        self,
        name: str,
        names: str = "IP:127.0.0.1",
        usage: str = "serverAuth,clientAuth",
        *,
        rsa: bool = False,
        days: int = 30,
    ) -> Pair:
        """A certificate in files called `name`; `names` as OpenSSL writes them."""
        folder = self.cert.parent
        made = Pair(folder / f"{name}.pem", folder / f"{name}-key.pem")
        request, extensions = folder / f"{name}.request", folder / f"{name}.extensions"
        new_key = _NEW_RSA_KEY if rsa else _NEW_KEY
        _openssl("req", *new_key, "-keyout", made.key, "-out", request, "-subj", f"/CN={name}")
        if rsa:
            _openssl("rsa", "-traditional", "-in", made.key, "-out", made.key)
        extensions.write_text(
            f"subjectAltName={names}\nextendedKeyUsage={usage}\nbasicConstraints=critical,CA:FALSE\n"
            "keyUsage=critical,digitalSignature\nsubjectKeyIdentifier=hash\n"
            "authorityKeyIdentifier=keyid\n"
        )
        signed_by = ("-CA", self.cert, "-CAkey", self.key, "-CAcreateserial", "-days", str(days))
        _openssl(
            *("x509", "-req", "-in", request, *signed_by),
            *("-extfile", extensions, "-out", made.cert),
        )
        return made


def rehash(folder: Path) -> None:
    """Give the certificates in a folder the names by which OpenSSL finds them."""
    _openssl("rehash", folder)


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
