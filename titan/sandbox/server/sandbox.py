"""The sandbox as a context manager."""

from __future__ import annotations

import re
import socket
import threading
from contextlib import closing, contextmanager
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Any, Generator, List, Optional, Sequence, Type

from starlette.types import ASGIApp
from typing_extensions import Self, Unpack

from ..._clock import now
from ..._init_lock import ProcessLock
from ..base.errors import SandboxError
from ..base.settings import Options, Settings
from ..control.control import Control
from ..control.event_maker import (
    EventRequest,
    Secret,
    SignedEvent,
    check_name,
    make_event,
    put_in_envelope,
    sign_event,
)
from ..delivery import webhooks
from ..delivery.dispatcher import Dispatcher
from ..spec.faults import Faults
from ..spec.operations import load_operations
from ..state import State, Webhook
from .app import create_app
from .endpoint import App, Subscription, find_secret, serve
from .http_server import HttpServer, listen
from .limits.connections import Limits

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
        self._over = threading.Event()
        self._changing_course = ProcessLock()

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

    @property
    def warnings(self) -> List[str]:
        """What was accepted, as Titan would, and can hardly be meant: names of events, actions and scopes.

        Each stands in the log once too (logger `titan.sandbox`); a reset forgets them.
        """
        with self._state.reading():
            return list(self._state.warnings)

    def start(self) -> None:
        """Listen. The context manager does this.

        Raises:
            OSError: The address cannot be had.
            RuntimeError: It runs already, maybe in the process that this one was forked from.
        """
        self._state.owner.check()
        with self._changing_course():
            if self._server is not None:
                raise RuntimeError("the sandbox is running already")
            try:
                self._begin()
            except BaseException:
                self._end()
                raise

    def _begin(self) -> None:
        host, port = self._address
        listener = listen(host, port)
        try:
            self._serve(listener)
        finally:
            if self._server is None:
                listener.close()

    def _serve(self, listener: socket.socket) -> None:
        host, _ = self._address
        shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
        self._state.base_url = f"http://{f'[{shown}]' if ':' in shown else shown}:{listener.getsockname()[1]}"
        self._state.owner.take()
        server = HttpServer(self._create_app, get_limits=self._get_limits)
        over = self._over = threading.Event()
        for work, argument, name in (
            (server.run_on, listener, "titan-sandbox"),
            (self._state.clock.run, over, "titan-sandbox-clock"),
        ):
            thread = threading.Thread(target=work, args=(argument,), name=name, daemon=True)
            thread.start()
            # From the first one on, which closes the listener as it ends.
            self._server = server
            self._threads.append(thread)
        self._dispatcher.start()
        server.ready.wait()

    def stop(self) -> None:
        """Stop listening and delivering, and close every connection. The context manager does this.

        In a forked process it does nothing: the sandbox goes on in the process that started it.

        Raises:
            TimeoutError: A thread of it did not end in time; nothing waits for it any longer.
        """
        if self._state.owner.is_elsewhere:
            return
        with self._changing_course():
            if self._server is not None:
                self._end()

    def _end(self) -> None:
        if self._server is not None:
            self._server.should_exit = True
        self._over.set()
        self._dispatcher.stop()
        self._state.clock.wake()
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

    @contextmanager
    def subscribe(
        self,
        app: App,
        *,
        secret: Optional[Secret] = None,
        path: str = "/titan",
        events: Optional[Sequence[str]] = None,
        session: Optional[str] = None,
    ) -> Generator[Subscription, None, None]:
        """Serve your app on this machine, and subscribe it to events, while the context lasts.

            with titan.subscribe(router) as webhook:
                titan.receive("default", "Hi!")
                titan.wait_for_deliveries()

        Until `wait_for_deliveries` returns, the app has done all that it does in its calls, tasks that it
        runs after its answer included. With pytest, the fixture `titan_webhook` does this until the end of
        the test.

        Args:
            app: A WebhookRouter, a WSGI app (Flask, Django) or an ASGI app (FastAPI, Starlette, Django).
            secret: What deliveries are signed with; of several, the first one signs. When left out, that of
                the router, or of the environment variable TITAN_WEBHOOK_SECRET.
            path: Where the app has its endpoint.
            events: Names of the events; all when left out.
            session: Name of the session whose events it gets; all when left out.

        Yields:
            The webhook.

        Raises:
            ValueError: There is no secret, the name of an event is nearly a known one, or `path` is no path.
            TypeError: It is no app, or the secret is none.
            RuntimeError: The sandbox is not running.
            TimeoutError: The app did not start or end in time.
            BaseException: What the app raised as it started or stopped.
        """
        if not path.startswith("/"):
            raise ValueError("path must begin with a slash")
        if isinstance(events, str):
            raise ValueError("events must be a list of names")
        for name in events or ():
            check_name(name)
        hmac_key, state = find_secret(app, secret), self._state
        _ = self.base_url  # it has to run: nothing else would be delivered
        with closing(listen("127.0.0.1", 0)) as listener:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}{path}"
            body = {"url": url, "hmacKey": hmac_key, "events": list(events or ()), "session": session}
            webhook = webhooks.create(state, body)
            with serve(app, listener, partial(self._count_call, webhook)):
                with state.changing():
                    state.webhooks[webhook.id] = webhook
                try:
                    yield Subscription(int(webhook.id), url, hmac_key)
                finally:
                    with state.changing():
                        webhooks.give_up_deliveries(state, webhook)
                        state.webhooks.pop(webhook.id, None)

    @contextmanager
    def _count_call(self, webhook: Webhook) -> Generator[None, None, None]:
        with self._state.lock:
            webhook.app_calls += 1
        try:
            yield
        finally:
            with self._state.lock:
                webhook.app_calls -= 1
                self._state.changed.notify_all()

    def event(
        self,
        name: str,
        /,
        *,
        secret: Secret,
        session: str = "default",
        event_id: Optional[str] = None,
        timestamp: Optional[datetime] = None,
        payload: Any = ...,
        **fields: Any,
    ) -> SignedEvent:
        """Make one signed delivery of an event, to hand to an endpoint; nothing is sent, and nothing changes.

            delivery = titan.event("message.received", text="Hi!", sender="+55 11 99999-9999", secret=secret)
            router.handle(delivery.body, delivery.headers)

        It needs no server, and is a call of Python only. Where the contract knows the event, its sample fills
        what is not given, with ids of its own.

        Args:
            name: Name of the event; it may be one that the contract does not know.
            secret: What signs it; of several, the first one does.
            session: Name of the session that it belongs to.
            event_id: Its own id; a new one when left out. `id=` is a field of the payload: with messages,
                the id of the message.
            timestamp: When it happened; without a time zone, in UTC. Now, by the clock of the sandbox, when
                left out.
            payload: The whole payload, in place of the sample: anything, also what Titan would never send.
            **fields: Fields of the payload, named as attributes (`push_name="Ana"`, `from_=…`) or as in JSON.
                `sender="+55 11 99999-9999"`, or a JID or LID, and `group="…@g.us"` say who wrote where;
                `text` is `body` too.

        Returns:
            Its raw body, and its headers.

        Raises:
            ValueError: The name of the event or of a field is nearly a known one (with `payload`, every name
                of an event will do); the sender or the group is none; the secret is empty; or a value cannot
                be written as JSON.
            TypeError: There are both a payload and fields of it, or the secret is of a wrong type.
        """
        moment = self._state.clock.now() if timestamp is None else timestamp
        request = EventRequest(name, session, event_id, moment, timestamp is not None)
        if payload is ...:
            return sign_event(make_event(self._state, request, fields), secret)
        if fields:
            raise TypeError("give either payload, which is the whole of it, or fields")
        return sign_event(put_in_envelope(request, payload), secret)

    def _get_limits(self) -> Limits:
        settings = self._state.settings
        return Limits(settings.request_timeout, settings.max_connections)

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
