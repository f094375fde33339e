"""Why the signature of a captured delivery does not fit: tries what usually happens to body and secret."""

from __future__ import annotations

import ast
import base64
import hashlib
import hmac
import json
import re
import warnings
import zlib
from itertools import product
from typing import Any, Callable, Iterator, List, NamedTuple, Optional, Tuple

from .._signature import verify_webhook

_DIGITS = 64
_HEX = re.compile("[0-9a-fA-F]+")
_LONGEST_BODY = 64 * 1024 * 1024
_CANNOT_BE_READ = (ValueError, SyntaxError, zlib.error, MemoryError, RecursionError)
_OTHER_HASHES = {40: "SHA-1", 96: "SHA-384", 128: "SHA-512"}

Change = Tuple[str, bytes]
"""What was done to a body or a secret, and how it was before. Nothing was done where the text is empty."""


class _Header(NamedTuple):
    findings: List[str]
    digest: Optional[bytes]
    """The signature, where all of it is there in some form."""


def diagnose(body: bytes, header: str, secret: str) -> List[str]:
    """Say what is wrong with a captured delivery.

    Args:
        body: The body as it was captured.
        header: The value of `X-Webhook-Signature` as it was captured.
        secret: The webhook's `hmacKey`.

    Returns:
        A sentence for each thing that is wrong; nothing where the signature fits.
    """
    if verify_webhook(body, header, secret):
        return []
    read = _read_header(header)
    if read.digest is None:
        return read.findings
    return [*read.findings, *_compare(body, secret, read.digest)]


def _read_header(header: str) -> _Header:
    findings: List[str] = []
    text = header.strip()
    name = re.match(r"x-webhook-signature\s*:\s*", text, re.IGNORECASE)
    if name:
        findings.append("the name of the header stands in front of its value: pass the value alone")
        text = text[name.end() :]
    if text[:1] in ("'", '"'):
        findings.append("there are quotes around the signature: pass it without them")
        text = text.strip("'\"")
    if not text:
        return _Header([*findings, "there is no signature: read the header X-Webhook-Signature"], None)
    named = re.match(r"([A-Za-z][\w-]{0,15})[=:]\s*(?=.)", text)
    digits = text[named.end() :] if named else text
    if named and named[1].lower() != "sha256":
        findings.append(
            'the signature begins with something other than "sha256="; Titan signs with HMAC-SHA256'
        )
    elif named and not text.startswith("sha256"):
        findings.append('"sha256=" is written in capital letters: pass the header as it came')
    elif not text.startswith("sha256="):
        findings.append('"sha256=" is missing in front of the signature: pass the header as it came')
    return _read_digits(digits, findings)


def _read_digits(digits: str, findings: List[str]) -> _Header:
    if _HEX.fullmatch(digits):
        if len(digits) == _DIGITS:
            return _Header(findings, bytes.fromhex(digits))
        other = _OTHER_HASHES.get(len(digits))
        kind = f", which is the length of {other}" if other else ""
        findings.append(f"the signature has {len(digits)} hexadecimal digits{kind}; it must have {_DIGITS}")
        return _Header(findings, None)
    try:
        digest = base64.b64decode(
            digits, altchars=b"-_" if re.search("[-_]", digits) else None, validate=True
        )
    except ValueError:
        digest = b""
    if len(digest) == hashlib.sha256().digest_size:
        findings.append("the signature is base64; Titan writes it as hexadecimal digits")
        return _Header(findings, digest)
    findings.append(f"not all of the signature is hexadecimal: there must be {_DIGITS} digits 0 to 9, a to f")
    return _Header(findings, None)


def _compare(body: bytes, secret: str, digest: bytes) -> Iterator[str]:
    """Find with which changes the signature fits, the fewest first."""
    bodies, secrets = list(_bodies(body)), list(_secrets(secret))
    tries = sorted(product(secrets, bodies), key=lambda pair: bool(pair[0][0]) + bool(pair[1][0]))
    for (about_secret, key), (about_body, data) in tries:
        if key and hmac.compare_digest(hmac.digest(key, data, "sha256"), digest):
            yield from filter(None, (about_secret, about_body))
            return
    yield from _guess(body, secret, digest)


def _guess(body: bytes, secret: str, digest: bytes) -> Iterator[str]:
    key = secret.encode("utf-8", "surrogateescape")
    plain = (body, key + body, body + key)
    if digest in [hashlib.sha256(data).digest() for data in plain]:
        yield "this is a plain SHA-256; Titan signs with HMAC-SHA256"
    elif not body:
        yield "the body is empty: it was read already before it was captured"
    elif _json_in(body) is None:
        yield "the body is not JSON: it was cut off or changed before it was captured"
    elif secret.startswith("titan_"):
        yield "the secret is an API key: what signs is the hmacKey of the webhook"
    else:
        yield (
            "body and signature have the right form, and do not fit: the secret is not that of this webhook, "
            "or a value in the body was changed. A lost secret is replaced with client.webhooks.update"
        )


def _secrets(secret: str) -> Iterator[Change]:
    yield "", _encode(secret)
    for about, changed in (
        ("the secret has white space around it, such as the newline of a file: strip it", secret.strip()),
        ("the secret has quotes around it: take them off", secret.strip().strip("'\"")),
        ("the webhook was created with a newline behind its secret: create it anew without", f"{secret}\n"),
    ):
        if changed != secret:
            yield about, _encode(changed)
    for about, decode in (
        ("the secret is base64 of the one that signed: decode it", _from_base64),
        ("the secret is hexadecimal of the one that signed: decode it", bytes.fromhex),
    ):
        yield from _attempt(about, lambda decode=decode: decode(secret.strip()))  # type: ignore[misc]


def _bodies(body: bytes) -> Iterator[Change]:
    yield "", body
    for about, changed in (
        (
            "a newline was added at the end of the body, as editors and echo do",
            re.sub(rb"\r?\n\Z", b"", body),
        ),
        ("white space was added around the body", body.strip()),
        ("the newline at the end of the body was lost", body + b"\n"),
        ("the line ends of the body were changed from LF to CRLF", body.replace(b"\r\n", b"\n")),
        ("the line ends of the body were changed from CRLF to LF", body.replace(b"\n", b"\r\n")),
        ("a byte order mark was put before the body", body[3:] if body.startswith(b"\xef\xbb\xbf") else body),
        ("the headers of the request stand before the body", re.split(rb"\r?\n\r?\n", body, maxsplit=1)[-1]),
    ):
        if changed != body:
            yield f"{about}: keep the bytes as they came", changed
    yield from _attempt("the body is compressed: decompress it first", lambda: _decompress(body))
    yield from _attempt(
        "the body is base64: decode it first (AWS Lambda: isBase64Encoded)", lambda: _from_base64(body)
    )
    for encoding in ("latin-1", "cp1252"):
        about = f"the body was read as {encoding} and written as UTF-8: keep the bytes as they came"
        yield from _attempt(about, lambda encoding=encoding: body.decode().encode(encoding))  # type: ignore[misc]
    yield from _attempt(
        "the body was written as UTF-16: keep the bytes as they came", lambda: body.decode("utf-16").encode()
    )
    yield from _attempt(
        "the body is Python's repr of the bytes: pass the bytes themselves", lambda: _from_repr(body)
    )
    yield from _rewritten(body)


def _rewritten(body: bytes) -> Iterator[Change]:
    """The ways in which JSON may have been written before it was parsed and written again."""
    value = _json_in(body)
    if value is None:
        return
    if isinstance(value, str):
        yield "the body is JSON inside a string of JSON: pass it as it came", _encode(value)
        return
    about = (
        "the body was parsed and written again: verify the raw bytes as they came, and parse them after that"
    )
    for ascii_only, separators, sort in product((False, True), ((",", ":"), (", ", ": ")), (False, True)):
        for indent in (None, 2, 4):
            text = json.dumps(
                value, ensure_ascii=ascii_only, separators=separators, sort_keys=sort, indent=indent
            )
            yield about, _encode(text)
            yield about, _encode(f"{text}\n")


def _json_in(body: bytes) -> Any:
    """What the body says, as JSON or as a dict that Python printed; None where it is neither."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        pass
    try:
        value = _from_python(body)
    except _CANNOT_BE_READ:
        return None
    return value if isinstance(value, dict) else None


def _from_repr(body: bytes) -> bytes:
    value = _from_python(body)
    if isinstance(value, bytes):
        return value
    raise ValueError("these are no bytes")


def _from_python(body: bytes) -> Any:
    """The value of a literal of Python."""
    with warnings.catch_warnings():
        # Python warns of what it reads but finds odd; here nobody wrote Python.
        warnings.simplefilter("ignore")
        return ast.literal_eval(body.decode())


def _decompress(body: bytes) -> bytes:
    """The content of gzip or zlib, as far as a delivery can be long: a small file can hold very much."""
    return zlib.decompressobj(47).decompress(body, _LONGEST_BODY)


def _from_base64(text: Any) -> bytes:
    return base64.b64decode(text, validate=True)


def _attempt(about: str, change: Callable[[], bytes]) -> Iterator[Change]:
    try:
        yield about, change()
    except _CANNOT_BE_READ:
        return


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
