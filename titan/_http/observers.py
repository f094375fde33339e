"""The hook around each attempt, on which `titan.opentelemetry` stands."""

from __future__ import annotations

from typing import Callable, List, Sequence, Union

from .request import PreparedRequest
from .response import RawResponse

Outcome = Union[int, BaseException]
"""The status of a 2xx response that was read to its end, or what ended the attempt in its place."""

Observer = Callable[[PreparedRequest, int], Callable[[Outcome], None]]
"""Called before an attempt, with the request and the number of the attempt from 0.

What it returns is called after the attempt, in the same thread, with the outcome. Neither may raise.
"""


def run_observed(
    observers: Sequence[Observer],
    request: PreparedRequest,
    number: int,
    attempt: Callable[[], RawResponse],
) -> RawResponse:
    """Make an attempt that observers are told of: the first of them is told first, and of its end last."""
    if not observers:
        return attempt()
    endings: List[Callable[[Outcome], None]] = []
    try:
        # One by one: where a later one fails, those before it are told of the end.
        endings.extend(observer(request, number) for observer in observers)
        response = attempt()
    except BaseException as error:
        for end in reversed(endings):
            end(error)
        raise
    for end in reversed(endings):
        end(response.status_code)
    return response
