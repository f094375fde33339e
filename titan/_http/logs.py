"""What is logged of a request: our own lines, and those of httpx without anything private."""

from __future__ import annotations

import logging
import threading
from typing import Optional

from .request import PreparedRequest

log = logging.getLogger("titan")

LOGGERS = (
    "httpx",
    "httpx2",
    *(
        f"{core}.{part}"
        for core in ("httpcore", "httpcore2")
        for part in ("connection", "http11", "http2", "proxy", "socks", "websocket")
    ),
    "hpack.hpack",
    "hpack.table",
)
"""The loggers that write of our requests below us."""


class _InFlight(threading.local):
    route: Optional[str] = None


in_flight = _InFlight()
"""The route template of the request that this thread is sending, if any."""


class _PrivacyFilter(logging.Filter):
    """Keeps phone numbers in URLs and headers out of what httpx and httpcore log of our requests."""

    def filter(self, record: logging.LogRecord) -> bool:
        route = in_flight.route
        if route is None:
            return True
        if record.name not in ("httpx", "httpx2"):
            # httpcore writes "<event> <details>", and the details hold all response headers; hpack, which
            # HTTP/2 uses, writes all headers and the path of the request.
            record.msg, record.args = " ".join(record.getMessage().split(" ")[:1]), ()
        elif isinstance(record.args, tuple):
            record.args = tuple(route if type(arg).__name__ == "URL" else arg for arg in record.args)
        return True


for _name in LOGGERS:
    logging.getLogger(_name).addFilter(_PrivacyFilter())


def log_attempt(request: PreparedRequest, outcome: object, attempt: int, seconds: float) -> None:
    """Log one attempt: its status or the name of its error, its number from 0, and how long it took."""
    if log.isEnabledFor(logging.DEBUG):
        log.debug(
            "%s %s: %s (attempt %d, %.0f ms)",
            *(request.method, request.route, outcome, attempt + 1, seconds * 1000),
        )


def log_pause(request: PreparedRequest, error: object, seconds: float) -> None:
    """Log a wait that somebody may take for a program that hangs."""
    if seconds > 1:
        log.info(
            "%s %s: waiting %.1f s before the next attempt, because of %s",
            *(request.method, request.route, seconds, type(error).__name__),
        )
