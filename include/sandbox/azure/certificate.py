"""The emulator's own certificate authority: created at the first start in a folder, kept for the next."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import trustme

CA_FILE = "ca.pem"
_KEY_FILE = "ca-key.pem"


def server_context(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """(context of a server on localhost and 127.0.0.1, PEM file of the authority to trust)."""
    authority = _authority(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context, folder / CA_FILE


def _authority(folder: Path) -> trustme.CA:
    certificate, key = folder / CA_FILE, folder / _KEY_FILE
    if certificate.exists() and key.exists():
        return trustme.CA.from_pem(certificate.read_bytes(), key.read_bytes())
    folder.mkdir(parents=True, exist_ok=True)
    created = trustme.CA()
    with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(created.private_key_pem.bytes())
    created.cert_pem.write_to_path(str(certificate))
    return created
