"""The signature of a delivery among its headers, in whatever form a framework has them."""

from __future__ import annotations

from typing import Any, Iterable, Mapping, Tuple, Union

Headers = Union[Mapping[str, Any], Iterable[Tuple[Union[str, bytes], Union[str, bytes]]], str, bytes, None]
"""The headers of a request in whatever form a framework has them, or just the signature header's value."""


def signature_in(headers: Headers) -> Union[str, bytes, None]:
    """Find the signature among headers in any form.

    Raises:
        TypeError: This is not a form that headers come in.
    """
    if headers is None or isinstance(headers, (str, bytes)):
        return headers
    given: Any = headers
    try:
        for name, value in given.items() if hasattr(given, "items") else given:
            if _is_signature(name):
                if isinstance(value, (list, tuple)):  # as AWS has it under `multiValueHeaders`
                    value = value[0] if value else None
                found: Union[str, bytes, None] = value
                return found
    except (TypeError, ValueError):
        raise TypeError(
            "headers must be a mapping, pairs of names and values, or the value of X-Webhook-Signature"
        ) from None
    return None


def _is_signature(name: object) -> bool:
    """Whether this is the header, as HTTP, Django and WSGI (HTTP_X_WEBHOOK_SIGNATURE) write it."""
    text = name.decode("latin-1") if isinstance(name, bytes) else str(name)
    plain = text.lower().replace("_", "-")
    return plain in ("x-webhook-signature", "http-x-webhook-signature")
