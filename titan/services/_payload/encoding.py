"""Payloads: from a model or a dict to the JSON that is sent."""

from __future__ import annotations

import dataclasses
from collections import deque
from datetime import datetime
from decimal import Decimal
from math import isfinite
from typing import Any, Dict, Mapping, Union

from pydantic_core import PydanticSerializationError, to_json

from ..._init_lock import init_lock
from ..._models.base import TitanModel, fields_to_send, to_json_value
from .._paths import session_name

Payload = Union[TitanModel, Mapping[str, Any]]
"""A request body: a generated model, or a dict in wire names."""

_LONGEST_INTEGER = 40
_PLAIN_TYPES = frozenset({str, int, bool, type(None)})


def with_session(payload: Payload, session: object) -> Dict[str, Any]:
    """A copy of a payload with the name of the session in it.

    Raises:
        TypeError: The payload is neither a model nor a dict.
        ValueError: The payload names another session.
    """
    fields = fields_of_payload(payload)
    if fields.get("session", session) != session:
        raise ValueError(
            "the payload names another session than the first argument; leave `session` out of it"
        )
    return {"session": session_name(session), **fields}


def encode(payload: Any) -> bytes:
    """Write a payload as JSON; models inside it in wire names, with what was set in them to more than None.

    A field that may be null in the contract is written as null where it was set to None. A dict is written as
    it is.

    Raises:
        TypeError: The payload holds what has no form in JSON.
        ValueError: It holds NaN, infinity, a lone surrogate, or itself.
    """
    try:
        plain = _plain(payload)
        with init_lock():  # as in `validate` of the models: a fork waits for what pydantic sets up here
            return to_json(plain)
    except RecursionError:
        raise ValueError("the payload holds itself, or is nested too deep") from None
    except PydanticSerializationError as error:
        # What was wrong with a value, only the text of the error tells.
        if "UnicodeEncodeError" in str(error):
            raise ValueError("the payload has a text with a lone surrogate, which cannot be sent") from None
        kind = ValueError if "ValueError" in str(error) else TypeError
        raise kind(f"the payload cannot be written as JSON: {error}") from None


def fields_of_payload(payload: Payload) -> Dict[str, Any]:
    """The fields of a payload, in wire names; of a model those that `fields_to_send` tells.

    Raises:
        TypeError: The payload is neither a model nor a dict.
    """
    if isinstance(payload, TitanModel):
        return fields_to_send(payload)
    if not isinstance(payload, Mapping):
        raise TypeError(
            f"a payload is a dict in wire names or a model of titan.types_gen, not {type(payload).__name__}"
        )
    return dict(payload)


def _plain(value: Any) -> Any:
    """Turn what the JSON encoder does not write as Titan reads it; all else stays as it is."""
    if type(value) in _PLAIN_TYPES:
        return value
    if isinstance(value, TitanModel):
        value = fields_to_send(value)
    if isinstance(value, datetime):
        return to_json_value(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset, deque)):
        return [_plain(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Decimal):
        return _to_number(value)
    if isinstance(value, float) and not isfinite(value):
        raise ValueError(f"the payload holds {value}, which JSON cannot say")
    return value


def _to_number(value: Decimal) -> Union[int, float]:
    """The number that a decimal is in JSON; pydantic would write it as text."""
    if not (value.is_finite() and isfinite(value)):
        raise ValueError(f"the payload holds {value}, which JSON cannot say")
    # Longer ones are beyond what readers of JSON keep exactly.
    is_integer = value == value.to_integral_value() and value.adjusted() < _LONGEST_INTEGER
    return int(value) if is_integer else float(value)
