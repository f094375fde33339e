"""What surrounds the handlers of a delivery: transactions, sessions of databases, spans."""

from __future__ import annotations

import contextlib
import threading
from contextlib import asynccontextmanager, contextmanager
from unittest.mock import MagicMock

import pytest

from tests.support.deliveries import SECRET, RecordingStore, deliver, event_body
from titan import WebhookRouter

steps = []


@pytest.fixture(autouse=True)
def _no_steps():
    steps.clear()


class Store(RecordingStore):
    def _note(self, call, event_id, owner):
        super()._note(call, event_id, owner)
        steps.append(call)


@contextmanager
def transaction():
    steps.append("enter")
    try:
        yield
    except BaseException as error:
        steps.append(f"roll back after {type(error).__name__}")
        raise
    steps.append("commit")


@contextmanager
def of_event(event):
    steps.append(f"enter {event.id}")
    yield
    steps.append("leave")


@contextmanager
def with_defaults(using=None, durable=False):
    assert (using, durable) == (None, False)
    steps.append("enter")
    yield
    steps.append("leave")


class Manager:
    """One object that is entered again and again; and, as that of Django, a decorator too."""

    def __enter__(self):
        steps.append("enter")

    def __exit__(self, *error):
        steps.append("leave")

    def __call__(self, function):
        raise AssertionError("this is how it decorates a function")


class Session(Manager):
    __call__ = None


class Factory:
    def make(self):
        return Manager()

    def of(self, event):
        return of_event(event)

    def __call__(self, *, using="default"):
        return Manager()


FORMS = {
    "function": (transaction, ["enter", "handler", "commit"]),
    "function of the event": (of_event, ["enter evt_1", "handler", "leave"]),
    "lambda": (lambda: Manager(), ["enter", "handler", "leave"]),
    "lambda of the event": (lambda event: of_event(event), ["enter evt_1", "handler", "leave"]),
    "function with defaults": (with_defaults, ["enter", "handler", "leave"]),
    "any arguments": (lambda *arguments: Manager(), ["enter", "handler", "leave"]),
    "object": (Manager(), ["enter", "handler", "leave"]),
    "class": (Session, ["enter", "handler", "leave"]),
    "method": (Factory().make, ["enter", "handler", "leave"]),
    "method of the event": (Factory().of, ["enter evt_1", "handler", "leave"]),
    "callable object": (Factory(), ["enter", "handler", "leave"]),
    "stack": (contextlib.ExitStack(), ["handler"]),
    "lock": (threading.Lock(), ["handler"]),
    "mock": (MagicMock(), ["handler"]),
    "nothing": (None, ["handler"]),
}


@pytest.mark.parametrize(("around", "expected"), FORMS.values(), ids=FORMS)
def test_every_delivery_is_surrounded(around, expected):
    router = WebhookRouter(SECRET, around=around)
    router.on("*")(lambda event: steps.append("handler"))
    for _ in range(3):
        deliver(router, event_body())
        assert steps == expected
        steps.clear()


def test_event_is_claimed_before_and_finished_after():
    router = WebhookRouter(SECRET, around=transaction, seen=Store())
    router.on("*")(lambda event: steps.append("first"))
    router.on("*")(lambda event: steps.append("second"))
    deliver(router, event_body())
    deliver(router, event_body())
    assert steps == ["claim", "enter", "first", "second", "commit", "finish", "claim"]


class Stop(BaseException):
    pass


@pytest.mark.parametrize("error", [ValueError, KeyError, KeyboardInterrupt, Stop])
def test_transaction_is_rolled_back_before_the_event_is_released(error):
    router = WebhookRouter(SECRET, around=transaction, seen=Store())

    @router.on("*")
    def fails(event):
        raise error

    with pytest.raises(error):
        deliver(router, event_body())
    assert steps == ["claim", "enter", f"roll back after {error.__name__}", "release"]


class Commits:
    def __init__(self, *, fails_at, error=ConnectionError):
        self.fails_at, self.error = fails_at, error

    def __enter__(self):
        if self.fails_at == "enter":
            raise self.error("the database is down")

    def __exit__(self, *error):
        if self.fails_at == "leave":
            raise self.error("the database is down")


@pytest.mark.parametrize("error", [ConnectionError, RuntimeError, ValueError])
@pytest.mark.parametrize("at", ["enter", "leave", "make"])
def test_failure_to_enter_or_to_leave_fails_the_delivery_and_releases_it(at, error):
    def around():
        if at == "make":
            raise error("no database")
        return Commits(fails_at=at, error=error)

    told = []
    router = WebhookRouter(SECRET, around=around, seen=Store(), on_error=lambda *one: told.append(one[1]))
    router.on("*")(lambda event: steps.append("handler"))
    with pytest.raises(error) as caught:
        deliver(router, event_body())
    assert steps == (["claim", "handler", "release"] if at == "leave" else ["claim", "release"])
    assert told == [caught.value]


@pytest.mark.parametrize("around", [lambda: contextlib.suppress(Exception), contextlib.suppress(LookupError)])
def test_exception_that_is_kept_by_what_surrounds_fails_the_delivery_all_the_same(around):
    router = WebhookRouter(SECRET, around=around, seen=Store())

    @router.on("*")
    def fails(event):
        raise KeyError("of the handler")

    for _ in range(2):
        with pytest.raises(KeyError, match="of the handler"):
            deliver(router, event_body())
    assert steps == ["claim", "release"] * 2


def test_around_runs_in_the_thread_of_the_handler():
    threads = []

    @contextmanager
    def around():
        threads.append(threading.current_thread())
        yield
        threads.append(threading.current_thread())

    router = WebhookRouter(SECRET, around=around)
    router.on("*")(lambda event: threads.append(threading.current_thread()))
    thread = threading.Thread(target=deliver, args=(router, event_body()))
    thread.start()
    thread.join()
    assert threads == [thread] * 3


@asynccontextmanager
async def async_manager():
    yield


class AsyncManager:
    async def __aenter__(self):
        """Never be entered."""

    async def __aexit__(self, *error):
        """Never be left."""


async def coroutine():
    return Manager()


def generator():
    yield


def by_name(*, session):
    return Manager()


WRONG = {
    "function of an async manager": (async_manager, "not an async one"),
    "async manager": (async_manager(), "not an async one"),
    "async object": (AsyncManager(), "not an async one"),
    "async class": (AsyncManager, "not an async one"),
    "async function": (coroutine, "not an async one"),
    "generator function": (generator, "decorate it with @contextlib.contextmanager"),
    "result of a @contextmanager function": (transaction(), "pass the function itself, without calling it"),
    "result with the event": (of_event(None), "can be entered once only"),
    "string": ("transaction", "not str"),
    "number": (5, "not int"),
    "list": ([transaction], "not list"),
    "class of no manager": (dict, "not dict"),
    "two arguments": (lambda event, session: Manager(), "this one needs event, session"),
    "by name": (by_name, "this one needs session"),
}


@pytest.mark.parametrize(("around", "why"), WRONG.values(), ids=WRONG)
def test_what_cannot_surround_a_handler_is_refused_at_construction(around, why):
    with pytest.raises(TypeError, match=why) as caught:
        WebhookRouter(SECRET, around=around)
    assert str(caught.value).startswith("around must be a function that returns a context manager")


@pytest.mark.parametrize("made", [None, 5, AsyncManager(), print])
def test_function_that_makes_no_context_manager_fails_the_delivery(made):
    router = WebhookRouter(SECRET, around=lambda: made, seen=Store())
    router.on("*")(lambda event: steps.append("handler"))
    with pytest.raises(TypeError, match="around must be .* it returned " + type(made).__name__):
        deliver(router, event_body())
    assert steps == ["claim", "release"]
