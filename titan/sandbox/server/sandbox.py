"""The sandbox as a context manager."""

from __future__ import annotations

import re
import threading
from types import TracebackType
from typing import List, Optional, Sequence, Type

from starlette.types import ASGIApp
from typing_extensions import Self, Unpack

from ..._clock import now
from ..base.errors import SandboxError
from ..base.settings import Options, Settings
from ..control.control import Control
from ..delivery.dispatcher import Dispatcher
from ..spec.faults import Faults
from ..spec.operations import load_operations
from ..state import State
from .app import create_app
from .http_server import HttpServer, listen

_SECONDS_TO_STOP = 30.0
"""An answer under way takes half a second at most; only a thread that hangs takes so long."""


class Sandbox(Control):
    """A local Titan.

        with Sandbox() as titan:
            client = TitanClient(base_url=titan.base_url, api_key=titan.api_key)
            client.sessions.create({"name": "my-session", "start": True})
            titan.scan("my-session")

    Threads can share it. A forked process can use it over HTTP; its calls raise a RuntimeError there.

    Args:
        port: Port to listen on; 0 takes a free one.
        host: Address to listen on. Requests that name another host than this machine, or come from a page
            of another, are refused.
        allowed_hosts: Names that requests may use for this machine, such as the name of a container.
        api_key: The first API key, to have the same at each start; None makes one up.
        **options: How it behaves: `titan.sandbox.Options` describes each option. `configure` changes them
            later.

    Raises:
        ValueError: There is no such setting, it cannot have this value, or `api_key` is invalid.
    """

    def __init__(
        self,
        port: int = 0,
        host: str = "127.0.0.1",
        *,
        allowed_hosts: Sequence[str] = (),
        api_key: Optional[str] = None,
        **options: Unpack[Options],
    ) -> None:
        if isinstance(allowed_hosts, str):
            raise ValueError("allowed_hosts must be a list of names")
        if api_key is not None and not re.fullmatch(r"titan_(?!ct_)[\w-]+", api_key, re.ASCII):
            raise ValueError("api_key must be titan_ and letters, digits, hyphens and underscores")
        try:
            state = State(Settings().change(options), api_key)
        except SandboxError as error:
            raise ValueError(error.message) from None
        super().__init__(state, Faults(load_operations()), Dispatcher(state))
        self._address = (host, port)
        self._allowed_hosts = allowed_hosts
        self._server: Optional[HttpServer] = None
        self._threads: List[threading.Thread] = []

    @property
    def base_url(self) -> str:
        """Where it listens; a browser shows its page there.

        For instance `http://127.0.0.1:8420`.
        """
        if not self._state.base_url:
            raise RuntimeError("the sandbox is not running")
        return self._state.base_url

    @property
    def api_key(self) -> str:
        """A key with the scope `*`."""
        return self._state.first_key.key

    def start(self) -> None:
        """Listen. The context manager does this.

        Raises:
            OSError: The address cannot be had.
            RuntimeError: It runs already, maybe in the process that this one was forked from.
        """
        self._state.owner.check()
        if self._server is not None:
            raise RuntimeError("the sandbox is running already")
        host, port = self._address
        listener = listen(host, port)
        shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
        self._state.base_url = f"http://{f'[{shown}]' if ':' in shown else shown}:{listener.getsockname()[1]}"
        self._state.owner.take()
        server = self._server = HttpServer(self._create_app)
        self._threads = [
            threading.Thread(target=server.run_on, args=(listener,), name="titan-sandbox", daemon=True),
            threading.Thread(target=self._state.clock.run, name="titan-sandbox-clock", daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        self._dispatcher.start()
        server.ready.wait()

    def stop(self) -> None:
        """Stop listening and delivering, and close every connection. The context manager does this.

        In a forked process it does nothing: the sandbox goes on in the process that started it.

        Raises:
            TimeoutError: A thread of it did not end in time; nothing waits for it any longer.
        """
        if self._server is None or self._state.owner.is_elsewhere:
            return
        self._server.should_exit = True
        self._dispatcher.stop()
        self._state.clock.stop()
        end = now() + _SECONDS_TO_STOP
        for thread in self._threads:
            thread.join(max(end - now(), 0.0))
        left = [thread.name for thread in self._threads if thread.is_alive()]
        self._state.base_url, self._server, self._threads = "", None, []
        self._state.owner.leave()
        if left:
            raise TimeoutError(
                f"the sandbox did not end in {_SECONDS_TO_STOP:.0f} seconds: {', '.join(left)}"
            )

    def _create_app(self, server: HttpServer) -> ASGIApp:
        return create_app(
            self._state,
            self,
            self._faults,
            host=self._address[0],
            allowed_hosts=self._allowed_hosts,
            close=server.close_connection,
            is_stopping=lambda: server.should_exit,
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.stop()
