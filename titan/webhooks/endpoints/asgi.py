"""The endpoint for ASGI servers: it reads and verifies on the event loop, and handles in threads."""

from __future__ import annotations

from typing import Any, List, Optional, Tuple

from ..._privacy import Secret
from ..headers import Headers
from ..parsing import Body
from .answers import BUSY, RefusedError, Response, check_limit, declared_length
from .app_types import Message, Receive, Send
from .deliveries import Deliveries
from .received_body import ReceivedBody
from .workers import BusyError, Workers

_SMALL = 64 * 1024
"""What is parsed on the event loop, in bytes.

A usual event takes 0.02 ms there, and the worst of this size 4 ms. So what is no event is refused at once,
also while every thread is busy; but 1 MiB takes up to 40 ms, and waits for a thread.
"""


class ASGIEndpoint:
    """An ASGI app for deliveries; see `WebhookRouter.asgi_app`.

    An object, since routes of Starlette and FastAPI take a function for an endpoint of their own kind.

    Args:
        deliveries: Answers them.
        max_bytes: Largest body that is read.
        workers: How many handle deliveries at once.

    Raises:
        ValueError: A number is not positive.
        TypeError: `workers` is not an integer.
    """

    def __init__(self, deliveries: Deliveries, max_bytes: int, workers: int) -> None:
        check_limit(max_bytes)
        self._deliveries = deliveries
        self._max_bytes = max_bytes
        self._workers = Workers(workers)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request, or go through the server's life."""
        kind: str = scope["type"]
        if kind == "http":
            method, headers = scope["method"], Secret[Any](list(scope["headers"]))
            # Error trackers look at the local variables of all frames, and the signature stands in there.
            del scope
            await self._respond(method, headers, receive, send)
        elif kind == "lifespan":
            await self._live(receive, send)
        elif kind == "websocket":
            await send({"type": "websocket.close"})
        else:
            raise ValueError(f"webhooks do not come by {kind}")

    async def _respond(
        self, method: str, headers: Secret[List[Tuple[bytes, bytes]]], receive: Receive, send: Send
    ) -> None:
        has_body = method != "HEAD"
        try:
            declared = dict(headers.reveal()).get(b"content-length", b"").decode("latin-1")
            length = declared_length(method, declared, self._max_bytes)
            body = await _read_body(ReceivedBody(length, self._max_bytes), receive)
            if body is None:
                return
            response = await self._answer(body, headers)
        except RefusedError as refused:
            response = refused.response
        lines = [(name.lower().encode(), value.encode()) for name, value in response.headers]
        await send({"type": "http.response.start", "status": int(response.status), "headers": lines})
        await send({"type": "http.response.body", "body": response.body if has_body else b""})

    async def _answer(self, body: Secret[Body], headers: Secret[Headers]) -> Response:
        self._deliveries.verify(body, headers)
        try:
            if len(body.reveal()) > _SMALL:
                return await self._workers.run(lambda: self._deliveries.answer_verified(body))
            event = self._deliveries.read(body)
            return await self._workers.run(lambda: self._deliveries.handle(event))
        except BusyError:
            return BUSY

    async def _live(self, receive: Receive, send: Send) -> None:
        """Tell the server that there is nothing to start, and end the threads with it."""
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                self._workers.end()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return


async def _read_body(body: ReceivedBody, receive: Receive) -> Optional[Secret[Body]]:
    """Read to its end; None where the client has gone."""
    more = True
    while more:
        message = Secret(await receive())
        if message.reveal()["type"] == "http.disconnect":
            return None
        body.add(Secret(message.reveal().get("body", b"")))
        more = message.reveal().get("more_body", False)
    return body.whole()
