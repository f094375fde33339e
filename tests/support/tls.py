"""Servers on loopback that speak TLS."""

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


def create_certificate(folder: Path, what: str) -> Certificate:
    """A certificate for 127.0.0.1, signed by itself.

    Args:
        folder: Where its files go.
        what: What is not tested without it.
    """
    openssl = needed("openssl", what)
    files = str(folder / "certificate.pem"), str(folder / "key.pem")
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    usage = ["-addext", "keyUsage=critical,digitalSignature,keyCertSign"]
    command = [openssl, "req", "-x509", *kind, *subject, *usage, "-out", files[0], "-keyout", files[1]]
    subprocess.run(command, check=True, capture_output=True)
    return files


class SecureLoopback(Loopback):
    """A server on loopback whose connections are encrypted."""

    def __init__(self, answer: Answer, certificate: Certificate) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*certificate)
        super().__init__(answer)
        self.url = self.url.replace("http:", "https:")

    def _serve(self, connection: socket.socket, port: int) -> None:
        with contextlib.suppress(OSError):
            super()._serve(self._context.wrap_socket(connection, server_side=True), port)
