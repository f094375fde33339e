"""What servers call: the types of WSGI and ASGI applications."""

from __future__ import annotations

from typing import Any, Awaitable, Callable, Coroutine, Dict, Iterable, MutableMapping

WSGIApp = Callable[[Dict[str, Any], Callable[..., Any]], Iterable[bytes]]

Message = MutableMapping[str, Any]
"""What an ASGI application and its server exchange."""

Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Message, Receive, Send], Coroutine[Any, Any, None]]
