"""Certificates for servers on loopback: a good one, and such as a client must refuse."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path
from typing import Dict, NamedTuple

from tests.support.programs import needed
from tests.support.tls import server_context

_CONFIGURATION = """
[ca]
default_ca = here
[here]
database = {folder}/index
new_certs_dir = {folder}
serial = {folder}/serial
default_md = sha256
policy = any
copy_extensions = copy
x509_extensions = none
[any]
commonName = supplied
[none]
"""
_LATER = "20991231235959Z"
_EARLIER = "20000101000000Z"


class Certificates(NamedTuple):
    """Files of one folder."""

    trusted: str
    """What a client trusts, as `SSL_CERT_FILE` names it."""
    contexts: Dict[str, ssl.SSLContext]
    """For servers, by the names of their certificates."""


def make_certificates(folder: Path) -> Certificates:
    """Make them all: good, expired, self-signed, and for another host."""
    openssl = needed("openssl", "TLS")
    (folder / "index").touch()
    (folder / "serial").write_text("01")
    (folder / "configuration").write_text(_CONFIGURATION.format(folder=folder))

    def run(*arguments: str) -> None:
        subprocess.run([openssl, *arguments], check=True, capture_output=True, cwd=folder)

    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]

    def sign_itself(name: str, subject: str, *extensions: str) -> None:
        options = [part for extension in extensions for part in ("-addext", extension)]
        files = ["-out", f"{name}.pem", "-keyout", f"{name}.key"]
        run("req", "-x509", *curve, "-days", "2", "-subj", f"/CN={subject}", *options, *files)

    sign_itself("ours", "ours", "basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign")
    sign_itself("self-signed", "x", "subjectAltName=IP:127.0.0.1")
    for name, host, start, end in (
        ("good", "IP:127.0.0.1", _EARLIER, _LATER),
        ("expired", "IP:127.0.0.1", _EARLIER, "20010101000000Z"),
        ("foreign", "DNS:titan.invalid", _EARLIER, _LATER),
    ):
        asked = ["-addext", f"subjectAltName={host}", "-out", f"{name}.csr", "-keyout", f"{name}.key"]
        run("req", "-new", *curve, "-subj", f"/CN={name}", *asked)
        signing = [
            "-batch",
            "-notext",
            "-config",
            "configuration",
            "-cert",
            "ours.pem",
            "-keyfile",
            "ours.key",
        ]
        dates = ["-startdate", start, "-enddate", end]
        run("ca", *signing, *dates, "-in", f"{name}.csr", "-out", f"{name}.pem")
    return load_certificates(folder)


def load_certificates(folder: Path) -> Certificates:
    """Those that were made in a folder before."""
    return Certificates(
        str(folder / "ours.pem"),
        {
            name: server_context((str(folder / f"{name}.pem"), str(folder / f"{name}.key")))
            for name in ("good", "expired", "self-signed", "foreign")
        },
    )
