"""No delivery is accepted whose handlers did not run: async ones are refused, when added or when called."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import inspect
import linecache
import types
from concurrent.futures import Future, ThreadPoolExecutor
from unittest.mock import AsyncMock, MagicMock, Mock

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from tests.support.deliveries import SECRET, RecordingStore, deliver, event_body, signed
from tests.support.endpoints import call_asgi, call_wsgi
from titan import TitanWarning, WebhookRouter
from titan.webhooks import RecentEvents

# When they are added.


async def async_function(event):
    """Never be called."""


async def async_generator(event):
    yield


def generator(event):
    yield


class Bot:
    async def async_method(self, event):
        """Never be called."""

    def generator_method(self, event):
        yield

    @classmethod
    async def async_class_method(cls, event):
        """Never be called."""

    @staticmethod
    async def async_static_method(event):
        """Never be called."""


class AsyncObject:
    async def __call__(self, event):
        """Never be called."""


class GeneratorObject:
    def __call__(self, event):
        yield


class OfAsyncObject:
    __call__ = AsyncObject()


class AsyncInside:
    """An object whose `__call__` is inherited."""


class Inheriting(AsyncObject, AsyncInside):
    pass


@types.coroutine
def old_coroutine(event):
    yield


partial = functools.partial
LATER = {
    "async function": async_function,
    "async lambda of a kind": sync_to_async(lambda event: None),
    "async generator": async_generator,
    "generator": generator,
    "coroutine of a generator": old_coroutine,
    "async method": Bot().async_method,
    "async class method": Bot.async_class_method,
    "async static method": Bot.async_static_method,
    "generator method": Bot().generator_method,
    "async object": AsyncObject(),
    "object that inherits it": Inheriting(),
    "object whose call is an async object": OfAsyncObject(),
    "generator object": GeneratorObject(),
    "partial of an async function": partial(async_function),
    "partial of a partial": partial(partial(async_function), 1),
    "partial of an async method": partial(Bot().async_method),
    "partial of an async object": partial(AsyncObject()),
    "partial of a partial of a generator object": partial(partial(GeneratorObject())),
    "partial of an async generator": partial(async_generator),
    "partial of asgiref's": partial(sync_to_async(print)),
    "method that is a partial": types.MethodType(partial(async_function), object()),
    "async mock": AsyncMock(),
}


def adders(router):
    return router.on("message.received"), router.on("*", "a"), router.on_unknown


@pytest.mark.parametrize("handler", LATER.values(), ids=LATER)
def test_handler_that_would_not_run_is_refused_and_told_why(handler):
    router = WebhookRouter(SECRET)
    for add in adders(router):
        with pytest.raises(
            TypeError, match="a handler must be a function that takes the event, and not async"
        ) as caught:
            add(handler)
        for reason in ("the client blocks", "hold up", "asgi_app() calls handlers in threads of their own"):
            assert reason in str(caught.value)
    deliver(router, event_body())


@pytest.mark.parametrize("handler", [None, "handler", 5, [print], object()])
def test_handler_that_cannot_be_called_is_refused(handler):
    for add in adders(WebhookRouter(SECRET)):
        with pytest.raises(TypeError, match="a handler must be a function that takes the event"):
            add(handler)


class Empty:
    """A class that takes no argument."""


class Two:
    def __init__(self, event, client):
        """Need two."""


def by_name(*, event):
    """Take it by name."""


WRONG_ARGUMENTS = {
    "none": (lambda: None, "too many positional arguments"),
    "two": (lambda event, client: None, "missing a required argument: 'client'"),
    "by name": (by_name, "too many positional arguments"),
    "one more by name": (lambda event, *, client: None, "client"),
    "method of none": (types.MethodType(lambda self: None, 1), "too many positional arguments"),
    "partial with all given": (partial(lambda event: None, 1), "too many positional arguments"),
    "partial of two": (partial(lambda event, client: None), "client"),
    "class of none": (Empty, "too many positional arguments"),
    "class of two": (Two, "client"),
}


@pytest.mark.parametrize(("handler", "why"), WRONG_ARGUMENTS.values(), ids=WRONG_ARGUMENTS)
def test_handler_that_cannot_take_the_event_alone_is_refused(handler, why):
    for add in adders(WebhookRouter(SECRET)):
        with pytest.raises(TypeError, match=f"that takes the event, and is called with that alone.*{why}"):
            add(handler)


called = []


class Note:
    def __init__(self, event):
        called.append(event)


class Notes:
    def note(self, event, more=None):
        called.append(event)

    def __call__(self, event, *more, **options):
        called.append(event)


def with_client(function):
    """A decorator that adds an argument, as those that inject dependencies do."""

    @functools.wraps(function)
    def wrapper(event):
        return function("client", event)

    return wrapper


@with_client
def injected(client, event):
    called.append(event)


async def awaited(event):
    called.append(event)


def unreadable(event):
    called.append(event)


unreadable.__signature__ = "none"

PLAIN = {
    "function": lambda event: called.append(event),
    "function of C": called.append,
    "default": lambda event, client=None: called.append(event),
    "any arguments": lambda *arguments: called.append(*arguments),
    "method": Notes().note,
    "object": Notes(),
    "class": Note,
    "partial": partial(lambda client, event: called.append(event), "client"),
    "partial of a partial": partial(partial(lambda a, b, event: called.append(event), 1), 2),
    "decorated": injected,
    "async function that asgiref runs": async_to_sync(awaited),
    "unreadable signature": unreadable,
    "mock": Mock(side_effect=called.append),
    "magic mock": MagicMock(side_effect=called.append),
}


@pytest.mark.parametrize("handler", PLAIN.values(), ids=PLAIN)
def test_whatever_takes_the_event_and_runs_is_a_handler(handler):
    called.clear()
    router = WebhookRouter(SECRET)
    router.on("*")(handler)
    event = deliver(router, event_body())
    assert called == [event]


# When they are called.


def undecorated(function):
    @functools.wraps(function)
    def wrapper(event):
        return function(event)

    return wrapper


class Awaitable:
    def __await__(self):
        yield


class MadeByNew:
    def __new__(cls, event):
        return async_function(event)


IN_DISGUISE = {
    "lambda around an async function": lambda event: async_function(event),
    "decorator around an async function": undecorated(async_function),
    "decorator around an async method": undecorated(Bot().async_method),
    "lambda around a generator": lambda event: generator(event),
    "function under contextmanager": contextlib.contextmanager(generator),
    "function under asynccontextmanager": contextlib.asynccontextmanager(async_generator),
    "map": lambda event: map(print, [event]),
    "filter": lambda event: filter(print, [event]),
    "list of coroutines": lambda event: [1, async_function(event)],
    "tuple of coroutines": lambda event: (async_function(event), async_function(event)),
    "dict of coroutines": lambda event: {"a": async_function(event)},
    "decorator around a generator": undecorated(generator),
    "lambda around an async generator": lambda event: async_generator(event),
    "generator expression": lambda event: (part for part in [event]),
    "other awaitable": lambda event: Awaitable(),
    "class that makes a coroutine": MadeByNew,
    "mock that returns a coroutine": lambda event: AsyncMock()(event),
}


@pytest.mark.slow
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("handler", IN_DISGUISE.values(), ids=IN_DISGUISE)
def test_delivery_whose_handler_returned_its_work_undone_fails_and_comes_again(handler, recwarn):
    seen = RecordingStore()
    router, later = WebhookRouter(SECRET, seen=seen), []
    router.on("message.received")(handler)
    router.on("*")(later.append)
    with pytest.raises(TypeError, match="its work did not run"):
        deliver(router, event_body())
    assert (later, seen.calls) == ([], [("claim", "evt_1"), ("release", "evt_1")])
    gc.collect()
    assert [str(one.message) for one in recwarn] == []


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("handler", list(IN_DISGUISE.values())[:4], ids=list(IN_DISGUISE)[:4])
def test_endpoints_ask_for_a_delivery_again_whose_handler_returned_its_work_undone(handler, caplog):
    router, body = WebhookRouter(SECRET, log_errors=True), event_body()
    router.on("*")(handler)
    assert call_wsgi(router.wsgi_app(), body, signed(body)) == 500
    assert call_asgi(router.asgi_app(), body, signed(body)) == 500
    assert caplog.text.count("its work did not run") == caplog.text.count("TypeError: the handler") == 2


def test_coroutine_that_was_not_awaited_is_closed():
    made = []
    router = WebhookRouter(SECRET)

    @router.on("*")
    def handler(event):
        made.append(async_function(event))
        return made[0]

    with pytest.raises(TypeError, match=r"the handler .*handler returned a coroutine"):
        deliver(router, event_body())
    assert inspect.getcoroutinestate(made[0]) == inspect.CORO_CLOSED


@pytest.mark.parametrize("kind", ["future", "task"])
def test_future_of_an_event_loop_is_refused(kind):
    router = WebhookRouter(SECRET)

    async def endpoint():
        loop = asyncio.get_running_loop()
        tasks = []

        @router.on("*")
        def handler(event):
            tasks.append(
                loop.create_future() if kind == "future" else loop.create_task(async_function(event))
            )
            return tasks[0]

        with pytest.raises(TypeError, match=r"returned a (_asyncio\.)?(Future|Task)"):
            deliver(router, event_body())
        for task in tasks:
            task.cancel()

    asyncio.run(endpoint())


def finished():
    future = Future()
    future.set_result(None)
    return future


@pytest.mark.parametrize(
    "result",
    [None, True, 5, "text", [1], iter([1]), {"a": 1}, finished(), Mock(), MagicMock(), print, async_function],
)
def test_whatever_else_a_handler_returns_is_ignored(result):
    router, later = WebhookRouter(SECRET), []
    router.on("*")(lambda event: result)
    router.on("*")(later.append)
    deliver(router, event_body())
    assert len(later) == 1


def test_work_that_a_handler_gave_to_a_pool_is_its_own_affair():
    done = []
    with ThreadPoolExecutor(1) as pool:
        router = WebhookRouter(SECRET, seen=RecentEvents())
        router.on("*")(lambda event: pool.submit(done.append, event))
        deliver(router, event_body())
    assert len(done) == 1


# Names that are nearly known.


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("message.recieved", "message.received"),
        ("message_received", "message.received"),
        ("Message.Received", "message.received"),
        ("sesion.status", "session.status"),
        ("command.results", "command.result"),
    ],
)
def test_name_that_is_nearly_a_known_one_warns_each_time_at_the_line_of_the_caller(name, meant):
    router, handled = WebhookRouter(SECRET), []
    for _ in range(2):
        with pytest.warns(TitanWarning, match=f"no event {name}: did you mean {meant}") as caught:
            router.on("call.missed", name)(handled.append)
        (one,) = caught
        assert one.filename == __file__
        assert "router.on(" in linecache.getline(__file__, one.lineno)
    deliver(router, event_body(name))
    assert len(handled) == 2


@pytest.mark.parametrize(
    "name", ["*", "newsletter.update", "message.received", "blocklist.update", "a" * 9999]
)
def test_name_that_resembles_none_does_not_warn(name, recwarn):
    WebhookRouter(SECRET).on(name)(print)
    assert [str(one.message) for one in recwarn] == []


@pytest.mark.parametrize("name", ["", "message.*", "**", "*.received", "message.received*"])
def test_name_that_no_event_can_have_is_refused(name):
    with pytest.raises(ValueError, match="is not the name of an event"):
        WebhookRouter(SECRET).on("message.received", name)


def test_warning_as_an_error_leaves_the_handler_out():
    router, handled = WebhookRouter(SECRET), []
    with contextlib.suppress(TitanWarning):
        router.on("message.recieved")(handled.append)
    deliver(router, event_body("message.recieved"))
    assert handled == []
