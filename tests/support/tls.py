"""Certificates for servers on loopback."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
from pathlib import Path
from typing import Tuple

from tests.support.loopback import Answer, Loopback
from tests.support.programs import needed

Certificate = Tuple[str, str]
"""The files of a certificate and of its key."""


def make_certificate(folder: Path) -> Certificate:
    """Make a certificate for 127.0.0.1 and titan.invalid, signed by itself."""
    openssl = needed("openssl", "TLS")
    files = str(folder / "certificate.pem"), str(folder / "key.pem")
    names = "subjectAltName=IP:127.0.0.1,DNS:titan.invalid"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", names]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    usage = ["-addext", "keyUsage=critical,digitalSignature,keyCertSign"]
    command = [openssl, "req", "-x509", *kind, *subject, *usage, "-out", files[0], "-keyout", files[1]]
    subprocess.run(command, check=True, capture_output=True)
    return files


def server_context(certificate: Certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


class SecureLoopback(Loopback):
    """Serves over TLS."""

    def __init__(self, answer: Answer, certificate: Certificate) -> None:
        self._context = server_context(certificate)
        super().__init__(answer)
        self.url = self.url.replace("http:", "https:")

    def _serve(self, connection: socket.socket, port: int) -> None:
        with contextlib.suppress(OSError):
            super()._serve(self._context.wrap_socket(connection, server_side=True), port)
