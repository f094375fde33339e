"""Paths from templates and ids, so that no id can reach another route."""

from __future__ import annotations

import functools
import re
from typing import Any, List, Mapping, Optional, Tuple, Union
from urllib.parse import quote, unquote, urlencode

_SESSION_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
# How many machines on the way may decode a path one after another.
_DECODERS = 5
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def path(route: str, names: Tuple[str, ...], ids: Tuple[Union[str, int], ...]) -> str:
    """Fill a path template, so that no id can reach another route.

    Args:
        route: Path template with placeholders in braces.
        names: What the ids are called; the template has a placeholder for each, or for some of them.
        ids: One value for each name.

    Raises:
        TypeError: An id is not a string (or integer, where ids are integers).
        ValueError: An id is empty, has dot segments or control characters; a session name has others than
            letters, digits, dots, hyphens and underscores.
    """
    if len(ids) != len(names):
        raise TypeError(f"{route} takes {len(names)} ids, not {len(ids)}")
    values = {
        name: session_name(value) if name == "session" else _segment(name, value)
        for name, value in zip(names, ids)
    }
    literals, placeholders = _pieces(route)
    filled = literals[0]
    for name, literal in zip(placeholders, literals[1:]):
        filled += values[name] + literal
    return filled


@functools.cache
def _pieces(route: str) -> tuple[List[str], List[str]]:
    pieces = re.split(r"\{(\w+)\}", route)
    return pieces[::2], pieces[1::2]


def session_name(name: object) -> str:
    """Check a session name, which is also safe in a path as it is.

    Raises:
        TypeError: It is not a string.
        ValueError: It cannot be a session name.
    """
    if not isinstance(name, str):
        raise TypeError(f"a session name is a string, not {type(name).__name__}")
    if not _SESSION_NAME.fullmatch(name) or name in (".", ".."):
        raise ValueError(
            "a session name is 1 to 64 letters, digits, dots, hyphens and underscores "
            "(and not just one or two dots)"
        )
    return name


def _segment(name: str, value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise TypeError(f"{name} is a string, not {type(value).__name__}")
    if not value:
        raise ValueError(f"{name} is empty")
    # Some proxies decode the slashes of an id, and then resolve its dots.
    if _has_dot_segments(value):
        raise ValueError(f"{name} has a part that is . or .., which would change the path")
    if _CONTROL.search(value):
        raise ValueError(f"{name} has control characters")
    try:
        return quote(value, safe="")
    except UnicodeEncodeError:
        raise ValueError(f"{name} has a lone surrogate, which cannot be sent") from None


def _has_dot_segments(path: str) -> bool:
    """Whether a server could find a `.` or `..` to resolve, be it before a `;` as Java servers do."""
    segments = re.split(r"[/\\]", path)
    return not {".", ".."}.isdisjoint(segment.partition(";")[0] for segment in segments)


def target(path: str, params: Optional[Mapping[str, Any]]) -> str:
    """Path and query, refused where they would leave this server, or mean another path than they read."""
    if not isinstance(path, str):
        raise TypeError(f"path must be a string, not {type(path).__name__}")
    if not path.startswith("/") or path.startswith("//") or "#" in path or "\\" in path:
        raise ValueError("path must start with one slash, such as /api/sessions, and hold no fragment")
    if re.search(r"[\x00-\x20\x7f\ud800-\udfff]", path):
        raise ValueError("path has white space, control characters or lone surrogates; percent-encode it")
    # Servers decode before they resolve: `%2e%2e` and `..%2f` lead as far away as `../`, and so does
    # `%252e%252e` where proxies decode first.
    decoded = path.partition("?")[0]
    for _ in range(_DECODERS + 1):
        if _has_dot_segments(decoded):
            raise ValueError("path has dot segments, which would change it")
        decoded = unquote(decoded)
    if params is None:
        return path
    if not isinstance(params, Mapping):
        raise TypeError(f"params must be a mapping of names to values, not {type(params).__name__}")
    return add_query(path, params)


def add_query(path: str, params: Mapping[str, Any]) -> str:
    """A path with query parameters behind it; those that are None are left out.

    Raises:
        ValueError: A value has a lone surrogate.
    """
    given = {name: _query_value(value) for name, value in params.items() if value is not None}
    if not given:
        return path
    try:
        query = urlencode(given, doseq=True)
    except UnicodeEncodeError:
        raise ValueError("params hold a lone surrogate, which cannot be sent") from None
    return f"{path}{'&' if '?' in path else '?'}{query}"


def _query_value(value: Any) -> Any:
    """What stands in a query for a value: `true` and `false` as in JSON, not as Python writes them."""
    if isinstance(value, (list, tuple)):
        return [_query_value(item) for item in value if item is not None]
    return str(value).lower() if isinstance(value, bool) else value
