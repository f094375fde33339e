"""`total_timeout` as a point in time that every wait of a request keeps to."""

from __future__ import annotations

import time
from typing import Any, Dict, Iterator, Optional

from ..errors import APITimeoutError


class TimeoutsUntil(Dict[str, Optional[float]]):
    """Timeouts that shrink with the time left: connecting, writing and reading each look here anew."""

    def __init__(self, deadline: float, timeouts: Dict[str, Optional[float]]) -> None:
        super().__init__(timeouts)
        self._deadline = deadline

    def get(self, key: str, default: Any = None) -> Any:
        left = max(0.001, self._deadline - time.monotonic())
        seconds = super().get(key, default)
        return left if seconds is None else min(seconds, left)


def pass_until(
    deadline: Optional[float], chunks: Iterator[bytes], *, method: str, route: str
) -> Iterator[bytes]:
    """Pass chunks on until the deadline, which is None where there is no limit.

    Raises:
        APITimeoutError: The deadline has passed; `method` and `route` are for its text.
    """
    for chunk in chunks:
        if deadline is not None and time.monotonic() >= deadline:
            raise APITimeoutError("total_timeout is over", method=method, route=route, maybe_processed=True)
        yield chunk
