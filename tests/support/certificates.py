"""A certificate authority for a test, and a server's certificate from it."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


@dataclass(frozen=True, slots=True)
class Certificates:
    """PEM files; those of the server may be read by everybody, whatever user it runs as."""

    ca: Path
    cert: Path
    key: Path


def make(folder: Path, name: str) -> Certificates:
    """Make an authority and a certificate for a server called `name` ("IP:127.0.0.1")."""
    ca, ca_key = folder / "ca.pem", folder / "ca-key.pem"
    cert, key, request = folder / "cert.pem", folder / "key.pem", folder / "request.pem"
    _openssl("req", "-x509", *_NEW_KEY, "-keyout", ca_key, "-out", ca, "-subj", "/CN=Test CA")
    _openssl("req", *_NEW_KEY, "-keyout", key, "-out", request, "-subj", "/CN=Test server")
    extensions = folder / "extensions"
    extensions.write_text(f"subjectAltName={name}\n")
    signed_by = ("-CA", ca, "-CAkey", ca_key, "-CAcreateserial")
    _openssl("x509", "-req", "-in", request, *signed_by, "-extfile", extensions, "-out", cert)
    folder.chmod(0o755)
    for path in (ca, cert, key):
        path.chmod(0o644)
    return Certificates(ca, cert, key)


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
