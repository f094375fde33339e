"""From the raw bytes of a delivery to a typed event."""

from __future__ import annotations

from typing import Type, Union

from typing_extensions import TypedDict

from .._models.parsing import read_strictly, read_tolerantly
from ..errors import WebhookPayloadError
from ..types_gen import CommandResultEvent
from .events import UnknownEvent
from .events_gen import EVENT_CLASSES, Event

Body = Union[bytes, bytearray, memoryview, str]
"""The raw body of a request."""


class _Name(TypedDict):
    event: str


def parse_webhook(body: Body) -> Event:
    """Read a webhook delivery; verify it first, with `verify_webhook`, or let a `WebhookRouter` do both.

    Args:
        body: The raw request body, exactly as it came. A `str` is taken as UTF-8.

    Returns:
        An event of the class for its name, or an UnknownEvent. Unknown fields are kept, and a value that
        does not fit its type stays as it came.

    Raises:
        WebhookPayloadError: The body is not an event, which is a JSON object with a name in `event`.
        TypeError: The body was parsed already.
    """
    raw = _to_bytes(body)
    try:
        # The name comes first, so that an event is read as one class only, and never as a guess.
        named = read_strictly(raw, _Name)
        name = named["event"] if named is not None else read_tolerantly(raw, UnknownEvent).event
        if not isinstance(name, str):
            raise ValueError("`event` is not a name")
        kind: Type[Event] = EVENT_CLASSES.get(name, UnknownEvent)
        event = read_tolerantly(raw, kind)
    except ValueError as error:
        raise WebhookPayloadError(f"this delivery is not an event: {error}") from error
    if isinstance(event, CommandResultEvent) and event.payload is None:
        # The reference shows the result under `data`; all other events have theirs in `payload`.
        vars(event)["payload"] = event.data
    return event


def _to_bytes(body: Body) -> bytes:
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass")
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body)
    raise TypeError(
        f"the body must be the raw bytes of the request, not {type(body).__name__}: "
        'Flask request.get_data(), Django request.body, FastAPI await request.body(), Lambda event["body"]'
    )
