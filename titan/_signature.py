"""Webhook signatures: `X-Webhook-Signature: sha256=<hex of HMAC-SHA256(secret, raw body)>`."""

from __future__ import annotations

import hmac

# Not from `typing`: loading it costs more than verifying a signature.
TYPE_CHECKING: bool = False
if TYPE_CHECKING:
    from typing import Any, Optional, Protocol, Sequence, Union

    class SecretValue(Protocol):
        def get_secret_value(self) -> Union[str, bytes]: ...

else:

    class SecretValue:
        """What holds a secret and does not show it, such as the `SecretStr` of pydantic."""

    class _FromTyping:
        """A name of `typing`, which is loaded when somebody resolves the annotations."""

        def __init__(self, name):
            self._name = name

        def __getitem__(self, arguments):
            import typing

            return getattr(typing, self._name)[arguments]

    Optional, Sequence, Union = map(_FromTyping, ("Optional", "Sequence", "Union"))

_PREFIX = "sha256="
# Of what is joined in one header; each costs a comparison, not another HMAC.
_MOST_CANDIDATES = 32
_LONGEST_HEADER = 8192
_HEADER_LENGTH = len(_PREFIX) + 64
# What `bytes.strip` takes; `str.strip` would also take non-ASCII white space.
_WHITE_SPACE = " \t\r\n\v\f"


def verify_webhook(
    body: Union[bytes, bytearray, memoryview, str],
    signature: Union[str, bytes, None],
    secret: Union[str, bytes, SecretValue, Sequence[Union[str, bytes, SecretValue]]],
) -> bool:
    """Check whether a webhook delivery was signed with your secret.

    Whatever comes from outside, a missing or damaged header included, gives False; exceptions are for
    mistakes in the calling code.

    Args:
        body: The raw request body, exactly as it came. A `str` is taken as UTF-8.
        signature: Value of the `X-Webhook-Signature` header, None where it is missing. Where proxies or
            servers joined several by commas, one that fits is enough.
        secret: The webhook's `hmacKey`, used exactly as given; several while you rotate it. A `SecretStr` of
            pydantic is one too.

    Returns:
        True if one of the secrets signed this body, False otherwise.

    Raises:
        ValueError: A secret is empty, or none was given: anyone could sign with it.
        TypeError: The body was parsed already, or an argument has another wrong type.

    Example::

        if not verify_webhook(request.get_data(), request.headers.get("X-Webhook-Signature"), secret):
            abort(401)
    """
    try:
        return _fits(secret_keys(secret), _raw(body), _digests_in(signature))
    except Exception as error:
        # Error trackers report the local variables of every frame in the traceback.
        del body, signature, secret
        raise error.with_traceback(None)  # noqa: B904 - it is the same one


def sign_webhook(
    body: Union[bytes, bytearray, memoryview, str],
    secret: Union[str, bytes, SecretValue, Sequence[Union[str, bytes, SecretValue]]],
) -> str:
    """Sign a body as Titan does, to test your own webhook endpoint.

    Args:
        body: The raw body to be sent. A `str` is taken as UTF-8.
        secret: The webhook's `hmacKey`, also as a `SecretStr` of pydantic; of several, the first one signs.

    Returns:
        The value for the `X-Webhook-Signature` header: `sha256=` and 64 lower-case hex digits.

    Raises:
        ValueError: A secret is empty, none was given, or the body is a `str` that has no UTF-8 form.
        TypeError: The body or a secret has another type.

    Example::

        headers = {"X-Webhook-Signature": sign_webhook(body, "my-secret")}
    """
    try:
        return _sign(secret_keys(secret), _raw(body))
    except Exception as error:
        # As above.
        del body, secret
        raise error.with_traceback(None)  # noqa: B904 - it is the same one


def _fits(keys: list[bytes], message: Union[bytes, bytearray, memoryview, None], given: list[bytes]) -> bool:
    if message is None or not given:
        return False
    digests = [hmac.digest(key, message, "sha256") for key in keys]
    # A list: `any` over a generator would stop at the match, and the time would show which secret it was.
    matches = [hmac.compare_digest(digest, one) for digest in digests for one in given]
    return any(matches)


def _sign(keys: list[bytes], message: Union[bytes, bytearray, memoryview, None]) -> str:
    if message is None:
        raise ValueError("body has lone surrogates, so it has no UTF-8 form to sign: pass the raw bytes")
    return _PREFIX + hmac.digest(keys[0], message, "sha256").hex()


def has_signature(header: Union[str, bytes]) -> bool:
    """Whether a header has the form of a signature, right or wrong."""
    return bool(_digests_in(header))


def secret_keys(
    secret: Union[str, bytes, SecretValue, Sequence[Union[str, bytes, SecretValue]]],
) -> list[bytes]:
    """The keys of a secret, or of several.

    Raises:
        ValueError: A secret is empty, or none was given.
        TypeError: A secret has another type.
    """
    is_one = isinstance(secret, (str, bytes)) or hasattr(secret, "get_secret_value")
    members: Any = (secret,) if is_one else secret
    if not isinstance(members, (list, tuple)):
        from collections.abc import Sequence  # rarely needed, and it costs more than this whole module

        if not isinstance(members, Sequence):
            raise TypeError(
                "secret must be str, bytes, a SecretStr or a sequence of these, not " + type(secret).__name__
            )
    if not members:
        raise ValueError("no webhook secret was given: without one, anyone could sign")
    return [_key(member) for member in members]


def _key(secret: Any) -> bytes:
    if hasattr(secret, "get_secret_value"):
        secret = secret.get_secret_value()
    if not isinstance(secret, (str, bytes)):
        raise TypeError(f"every webhook secret must be str or bytes, not {type(secret).__name__}")
    if not secret:
        raise ValueError("a webhook secret is empty: anyone could sign with it")
    key = _utf8(secret) if isinstance(secret, str) else secret
    if key is None:
        raise ValueError("a webhook secret has lone surrogates, so it has no UTF-8 form: pass it as bytes")
    return key


def _raw(body: Union[bytes, bytearray, memoryview, str]) -> Union[bytes, bytearray, memoryview, None]:
    if isinstance(body, str):
        return _utf8(body)
    if isinstance(body, memoryview) and not body.c_contiguous:
        return body.tobytes()
    if isinstance(body, (bytes, bytearray, memoryview)):
        return body
    raise TypeError(
        f"body must be the raw request body (bytes or str), not {type(body).__name__}, since a body "
        "that was parsed and written again has another signature. Pass request.get_data() in Flask, "
        "request.body in Django, await request.body() in FastAPI and Starlette, "
        'event["body"] in AWS Lambda (base64-decoded where isBase64Encoded).'
    )


def _digests_in(header: Union[str, bytes, None]) -> list[bytes]:
    """The digests in a header, in which several may be joined by commas."""
    if header is None:
        return []
    if not isinstance(header, (str, bytes)):
        raise TypeError(f"signature must be str, bytes or None, not {type(header).__name__}")
    part = header[:_LONGEST_HEADER]
    text = part.decode("latin-1") if isinstance(part, bytes) else part
    found = [_digest(value) for value in text.split(",")]
    return [digest for digest in found if digest is not None][:_MOST_CANDIDATES]


def _digest(value: str) -> Optional[bytes]:
    text = value.strip(_WHITE_SPACE)
    if len(text) != _HEADER_LENGTH or not text.startswith(_PREFIX):
        return None
    try:
        digest = bytes.fromhex(text[len(_PREFIX) :])
    except ValueError:
        return None
    # `fromhex` skips white space between the digits.
    return digest if len(digest) == 32 else None


def _utf8(text: str) -> Optional[bytes]:
    # None, and the caller raises outside of this `except`: a UnicodeEncodeError holds the whole text.
    try:
        return text.encode()
    except UnicodeEncodeError:
        return None
