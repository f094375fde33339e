"""The user's own client: an `httpx.Client`, or that of its successor httpx2."""

from __future__ import annotations

import sys
from os import getpid
from typing import Any, Optional
from weakref import WeakKeyDictionary

import httpx

_NEEDED = ("Request", "RequestError", "HTTPStatusError", "TimeoutException", "InvalidURL", "StreamError")

_first_users: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
"""The process in which each client was first used: several clients of ours may share one."""


class GivenConnections:
    """Requests through a client that the user configured: its proxies, TLS and hooks are its own.

    Args:
        client: The client.

    Raises:
        TypeError: It is not one.
    """

    is_own = False

    def __init__(self, client: Any) -> None:
        self.library = _library_of(client)
        """The module that its requests and exceptions come from."""
        self._client = client
        self._process: Optional[int] = None

    def open(self) -> Optional[str]:
        """Make ready for a request; what speaks against it, or None."""
        process = getpid()
        if self._process != process:
            if _first_users.setdefault(self._client, process) != process:
                # A lock of its pool may have been taken when the process was forked, and would stay taken.
                return (
                    "the http_client was used before this process was forked, and its connections belong to "
                    "the parent: give the child a TitanClient with an http_client of its own"
                )
            self._process = process
        return None

    @property
    def is_closed(self) -> bool:
        """Whether the user has closed it."""
        return bool(self._client.is_closed)

    def build(self, *args: Any, **kwargs: Any) -> Any:
        """Build a request, with the client's own headers and cookies."""
        return self._client.build_request(*args, **kwargs)

    def send(self, request: Any) -> httpx.Response:
        """Send a request; its response is not yet read."""
        response: httpx.Response = self._client.send(request, stream=True, auth=None, follow_redirects=False)
        return response

    def close(self) -> None:
        """Leave it open: the user closes it."""


def _library_of(client: Any) -> Any:
    """The module that a client belongs to, known by what such modules have.

    Raises:
        TypeError: It is not a client of such a module.
    """
    for base in client.__class__.__mro__:
        module = sys.modules.get(base.__module__.partition(".")[0])
        if (
            base.__name__ == "Client"
            and getattr(module, "Client", None) is base
            and all(hasattr(module, name) for name in _NEEDED)
        ):
            return module
    kind = client.__class__
    raise TypeError(f"http_client must be an httpx.Client, not {kind.__module__}.{kind.__qualname__}")
