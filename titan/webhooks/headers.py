"""The signature of a delivery among its headers, in whatever form a framework has them."""

from __future__ import annotations

from typing import Any, Iterable, List, Mapping, Optional, Tuple, Union

Headers = Union[Mapping[str, Any], Iterable[Tuple[Union[str, bytes], Union[str, bytes]]], str, bytes, None]
"""The headers of a request in whatever form a framework has them, or just the signature header's value."""


def signature_in(headers: Headers) -> Union[str, bytes, None]:
    """Find the signature among headers in any form.

    Several headers of this name, as a proxy may make them, are joined by commas, as HTTP and WSGI servers do
    it. Those with underscores count where there is no other: many servers and proxies let them through, and
    to whoever sends them they must not be a way to push the real one aside.

    Raises:
        TypeError: This is not a form that headers come in.
    """
    if headers is None or isinstance(headers, (str, bytes)):
        return headers
    found = _all_in(headers)
    if found is None:
        # Error trackers report local variables, and in these stands the signature.
        del headers
        raise TypeError(
            "headers must be a mapping, pairs of names and values, or the value of X-Webhook-Signature"
        )
    if len(found) < 2 or not all(isinstance(value, (str, bytes)) for value in found):
        # A value of another type is refused where it is used.
        return found[0] if found else None
    return ",".join(value.decode("latin-1") if isinstance(value, bytes) else value for value in found)


def _all_in(headers: Any) -> Optional[List[Any]]:
    """All values of the header; None where these are no headers."""
    real: List[Any] = []
    others: List[Any] = []
    try:
        for name, value in _pairs(headers):
            text = (name.decode("latin-1") if isinstance(name, bytes) else str(name)).lower()
            if text == "x-webhook-signature":
                real += _values(value)
            elif text.replace("_", "-") in ("x-webhook-signature", "http-x-webhook-signature"):
                others += _values(value)  # Django and WSGI write HTTP_X_WEBHOOK_SIGNATURE
    except (TypeError, ValueError):
        return None
    return real or others


def _pairs(headers: Any) -> Iterable[Tuple[Any, Any]]:
    if hasattr(headers, "getlist"):  # of several values, `items` of Django and Werkzeug can give one alone
        return [(name, headers.getlist(name)) for name in dict.fromkeys(headers.keys())]
    pairs: Iterable[Tuple[Any, Any]] = headers.items() if hasattr(headers, "items") else headers
    return pairs


def _values(value: Any) -> List[Any]:
    values = value if isinstance(value, (list, tuple)) else [value]  # AWS: `multiValueHeaders`
    return [one for one in values if one or not isinstance(one, (str, bytes, type(None)))]
