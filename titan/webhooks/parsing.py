"""From the raw bytes of a delivery to a typed event."""

from __future__ import annotations

from typing import Type, Union

from typing_extensions import TypedDict

from .._models.parsing import read_strictly, read_tolerantly
from ..errors import WebhookPayloadError
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
    # Error trackers report local variables, so that the body must not be one where an error is raised.
    if not isinstance(body, (str, bytes, bytearray, memoryview)):
        kind = type(body).__name__
        del body
        raise TypeError(
            f"the body must be the raw bytes of the request, not {kind}: Flask request.get_data(), "
            'Django request.body, FastAPI await request.body(), Lambda event["body"]'
        )
    event = _read(body.encode("utf-8", "surrogatepass") if isinstance(body, str) else bytes(body))
    if isinstance(event, str):
        del body
        raise WebhookPayloadError(f"this delivery is not an event: {event}")
    return event


def _read(body: bytes) -> Union[Event, str]:
    """The event, or what is wrong: an error raised here would be chained to one that holds the body."""
    try:
        # The name comes first, so that an event is read as one class only, and never as a guess.
        named = read_strictly(body, _Name)
        name = named["event"] if named is not None else read_tolerantly(body, UnknownEvent).event
        if not isinstance(name, str):
            return "`event` is not a name"
        kind: Type[Event] = EVENT_CLASSES.get(name, UnknownEvent)
        event = read_tolerantly(body, kind)
    except ValueError as error:
        return str(error)
    return event
