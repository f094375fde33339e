"""JSON: writing it, parsing the body of a request, and naming its types in errors."""

from __future__ import annotations

import json
import math
from typing import Any, Callable, Dict, Optional, cast

from .errors import SandboxError

Json = Dict[str, Any]

TYPE_NAMES = {
    "string": "a string",
    "number": "a number",
    "integer": "an integer",
    "boolean": "a boolean",
    "array": "an array",
    "object": "an object",
    "null": "null",
}
"""Types of JSON as errors call them."""

_MOST_DIGITS = 400
_MOST_DIGITS_SHOWN = 20


def encode(value: Any, convert: Optional[Callable[[Any], Any]] = None) -> bytes:
    """Write JSON, in ASCII: a request may have brought half a surrogate pair, which UTF-8 cannot write.

    Args:
        value: What to write.
        convert: Makes JSON of what is none.
    """
    encoder = _encoder if convert is None else json.JSONEncoder(separators=_SEPARATORS, default=convert)
    return encoder.encode(value).encode("ascii")


def parse_object(raw: bytes) -> Json:
    """Parse JSON that must be an object.

    Raises:
        SandboxError: 400.
    """
    try:
        value: Any = _decoder.decode(raw.decode(json.detect_encoding(raw), "surrogatepass"))
    except UnicodeDecodeError:
        raise SandboxError(400, "invalid JSON: not UTF-8") from None
    except RecursionError:
        raise SandboxError(400, "invalid JSON: nested too deeply") from None
    except ValueError as error:
        raise SandboxError(400, f"invalid JSON: {error}") from None
    if not isinstance(value, dict):
        raise SandboxError(400, f"the body must be an object, not {name_type(value)}")
    return cast(Json, value)


def name_type(value: Any) -> str:
    """Name the type of a parsed value, as errors call it."""
    if value is None:
        return TYPE_NAMES["null"]
    # A boolean is an int in Python: it must come first.
    for types, name in ((bool, "boolean"), (str, "string"), ((int, float), "number"), (list, "array")):
        if isinstance(value, types):
            return TYPE_NAMES[name]
    return TYPE_NAMES["object"]


def _read_float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise _too_large(digits)
    return number


def _read_integer(digits: str) -> int:
    # Of Python it could have thousands of digits, but whoever reads JSON in another language has doubles.
    if len(digits) > _MOST_DIGITS or math.isinf(float(digits)):
        raise _too_large(digits)
    return int(digits)


def _too_large(digits: str) -> ValueError:
    shown = digits if len(digits) <= _MOST_DIGITS_SHOWN else f"one of {len(digits)} characters"
    return ValueError(f"a number is too large: {shown}")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


# Made once: `json.dumps` and `json.loads` make theirs anew with each call that has arguments.
_SEPARATORS = (",", ":")
_encoder = json.JSONEncoder(separators=_SEPARATORS)
_decoder = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_read_float, parse_int=_read_integer)
