"""An event that is delivered again: stores of event ids, and what a router asks of them."""

from __future__ import annotations

import contextlib
import functools
import json
import types

import pytest

from tests.support.deliveries import SECRET, RecordingStore, deliver, event_body
from titan import WebhookError, WebhookInProgressError, WebhookRouter, WebhookSignatureError
from titan.webhooks import RecentEvents
from titan.webhooks import seen as seen_module


def test_event_that_was_handled_is_not_handled_again():
    seen = RecordingStore()
    router, called = WebhookRouter(SECRET, seen=seen), []
    router.on("*")(called.append)
    first, second = deliver(router, event_body()), deliver(router, event_body())
    deliver(router, event_body(id="evt_2"))
    assert first.to_dict() == second.to_dict()
    assert [event.id for event in called] == ["evt_1", "evt_2"]
    assert seen.calls == [
        ("claim", "evt_1"),
        ("finish", "evt_1"),
        ("claim", "evt_1"),
        ("claim", "evt_2"),
        ("finish", "evt_2"),
    ]


def test_each_delivery_has_an_owner_of_its_own():
    seen = RecordingStore()
    router = WebhookRouter(SECRET, seen=seen)
    for event_id in ("evt_1", "evt_1", "evt_2"):
        deliver(router, event_body(id=event_id))
    first, ended, *others = seen.owners
    assert first == ended
    assert len({first, *others}) == 3
    assert all(isinstance(owner, str) and len(owner) >= 32 for owner in seen.owners)


def test_event_is_claimed_before_its_handlers_are_called():
    seen = RecordingStore()
    router = WebhookRouter(SECRET, seen=seen)
    states = []
    router.on("*")(lambda event: states.append(list(seen.calls)))
    deliver(router, event_body())
    assert states == [[("claim", "evt_1")]]


class Stop(BaseException):
    pass


@pytest.mark.parametrize("error", [ValueError, WebhookSignatureError, KeyboardInterrupt, SystemExit, Stop])
def test_event_whose_handler_raised_is_released_and_handled_when_it_comes_again(error):
    seen = RecordingStore()
    router, called = WebhookRouter(SECRET, seen=seen), []
    raised = [error("once")]

    @router.on("*")
    def fails_once(event):
        if raised:
            raise raised.pop()
        called.append(event.id)

    with pytest.raises(error):
        deliver(router, event_body())
    assert seen.calls == [("claim", "evt_1"), ("release", "evt_1")]
    deliver(router, event_body())
    deliver(router, event_body())
    assert called == ["evt_1"]


def test_event_that_was_handled_by_another_is_neither_handled_nor_released():
    seen = RecordingStore("evt_1")
    router, called = WebhookRouter(SECRET, seen=seen), []
    router.on("*")(called.append)
    assert deliver(router, event_body()).id == "evt_1"
    assert (called, seen.calls) == ([], [("claim", "evt_1")])


def test_event_that_is_being_handled_is_not_handled_beside_that():
    seen = RecordingStore()
    router, refused = WebhookRouter(SECRET, seen=seen), []

    @router.on("*")
    def handler(event):
        with pytest.raises(
            WebhookInProgressError, match="answer 503, so that Titan delivers it again"
        ) as caught:
            deliver(router, event_body())
        refused.append(caught.value)

    deliver(router, event_body())
    assert deliver(router, event_body()).id == "evt_1"
    assert len(refused) == 1
    assert isinstance(refused[0], WebhookError)
    assert seen.calls == [("claim", "evt_1"), ("claim", "evt_1"), ("finish", "evt_1"), ("claim", "evt_1")]


def test_event_whose_process_died_is_handled_after_the_lease(monkeypatch):
    time = [1000.0]
    monkeypatch.setattr(seen_module, "now", lambda: time[0])
    seen = RecentEvents(lease=60)
    seen.claim("evt_1", "a process that died")
    router, called = WebhookRouter(SECRET, seen=seen), []
    router.on("*")(called.append)
    with pytest.raises(WebhookInProgressError):
        deliver(router, event_body())
    assert called == []
    time[0] += 60
    deliver(router, event_body())
    deliver(router, event_body())
    assert len(called) == 1


# A store that fails.

HOST = "10.0.0.7"


@pytest.fixture
def failing(caplog):
    """A router whose store fails in one method, and what it did."""

    def build(method, error=ConnectionError, handler_fails=False):
        def fails(event_id, owner):
            raise error(f"the store at {HOST} is down")

        seen, told = RecordingStore(), []
        setattr(seen, method, fails)
        router = WebhookRouter(SECRET, seen=seen, on_error=lambda event, error: told.append(type(error)))

        @router.on("*")
        def handler(event):
            called.append(event.id)
            if handler_fails:
                raise LookupError("of the handler")

        called = []
        return router, called, told

    return build


def logged(caplog):
    return [record.getMessage().partition("\n")[0] for record in caplog.records if record.name == "titan"]


STORE_ERRORS = pytest.mark.parametrize("error", [ConnectionError, TimeoutError, RuntimeError])


@STORE_ERRORS
def test_store_that_cannot_be_asked_fails_the_delivery(failing, error):
    router, called, told = failing("claim", error)
    with pytest.raises(error):
        deliver(router, event_body())
    assert (called, told) == ([], [error])


@STORE_ERRORS
def test_handlers_that_ran_are_acknowledged_though_the_store_cannot_note_it(failing, caplog, error):
    router, called, told = failing("finish", error)
    assert deliver(router, event_body()).id == "evt_1"
    assert (called, told) == (["evt_1"], [error])
    (line,) = logged(caplog)
    assert line.startswith(
        f"finishing 'message.received' ('evt_1') failed with {error.__name__}. Its handlers ran"
    )
    assert HOST not in caplog.text


@STORE_ERRORS
def test_handlers_exception_leaves_where_the_store_cannot_release(failing, caplog, error):
    router, called, told = failing("release", error, handler_fails=True)
    with pytest.raises(LookupError):
        deliver(router, event_body())
    assert (called, told) == (["evt_1"], [error, LookupError])
    (line,) = logged(caplog)
    assert line.startswith(f"releasing 'message.received' ('evt_1') failed with {error.__name__}")


@pytest.mark.parametrize(
    "answer",
    [True, False, None, 1, 0, "", "NEW", "done", b"new", ["new"], [object()]],
    ids=lambda answer: type(answer).__name__,
)
def test_answer_of_an_old_store_does_not_get_through(answer):
    seen = RecordingStore()
    seen.claim = lambda event_id, owner: answer
    router, called = WebhookRouter(SECRET, seen=seen), []
    router.on("*")(called.append)
    with pytest.raises(TypeError, match='claim must return "new", "running" or "handled"'):
        deliver(router, event_body())
    assert (called, seen.calls) == ([], [("release", "evt_1")])


@pytest.mark.parametrize("error", [TimeoutError, ConnectionError, SystemExit])
def test_claim_whose_answer_got_lost_is_given_back(error):
    class Lossy(RecordingStore):
        lost = 0

        def claim(self, event_id, owner):
            state = super().claim(event_id, owner)
            self.lost += 1
            if self.lost == 1:
                raise error
            return state

    router, called = WebhookRouter(SECRET, seen=Lossy()), []
    router.on("*")(lambda event: called.append(event.id))
    with pytest.raises(error):
        deliver(router, event_body())
    assert called == []
    deliver(router, event_body())
    assert called == ["evt_1"]


@pytest.mark.parametrize(
    "event_id", ["\ud800", "evt\x00", "evt\n1", "e" * 201, "é🐈\u200b", "5" * 10_000], ids=ascii
)
def test_every_store_takes_the_id(event_id):
    seen = RecordingStore()
    router, called = WebhookRouter(SECRET, seen=seen), []
    router.on("*")(lambda event: called.append(event.id))
    for one in (event_id, event_id, f"{event_id}x"):
        deliver(router, event_body(id=one))
    assert called == [event_id, f"{event_id}x"]
    ids = {one for _, one in seen.calls}
    assert len(ids) == 2
    assert all(len(one) <= 200 and one.isprintable() and one.encode() for one in ids)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("method", ["claim", "finish", "release"])
def test_store_whose_methods_turn_out_to_be_async_does_not_get_through(method, caplog):
    async def work(*arguments):
        return "new"

    seen = RecordingStore()
    setattr(seen, method, lambda event_id, owner: work())
    router = WebhookRouter(SECRET, seen=seen)

    @router.on("*")
    def handler(event):
        if method == "release":
            raise LookupError

    error = {"claim": TypeError, "finish": None, "release": LookupError}[method]
    with pytest.raises(error) if error else contextlib.nullcontext():
        deliver(router, event_body())
    assert len(logged(caplog)) == (method != "claim")


# Events without an id.


@pytest.mark.parametrize("event_id", [None, "", True, 1.5, ["evt_1"], {"a": 1}])
def test_event_without_a_usable_id_is_handled_each_time(event_id):
    seen = RecordingStore()
    router, called = WebhookRouter(SECRET, seen=seen), []
    router.on("*")(called.append)
    for _ in range(2):
        deliver(router, event_body(id=event_id))
    assert (len(called), seen.calls) == (2, [])


@pytest.mark.parametrize(("event_id", "text"), [(5, "5"), (0, "0"), (-7, "-7"), (10**30, "1" + "0" * 30)])
def test_integer_counts_as_the_id_that_it_is_as_text(event_id, text):
    seen = RecordingStore()
    router, called = WebhookRouter(SECRET, seen=seen), []
    router.on("*")(called.append)
    for same in (event_id, text):
        deliver(router, event_body(id=same))
    assert len(called) == 1
    assert seen.handled == {text}


def result_body(place="data", session="s", correlation_id="c", **fields):
    outcome = {"correlationId": correlation_id, "success": True}
    return json.dumps({"event": "command.result", "session": session, place: outcome, **fields}).encode()


@pytest.mark.parametrize("place", ["data", "payload"])
def test_result_of_a_command_without_an_id_is_handled_once(place):
    seen = RecordingStore()
    router, called = WebhookRouter(SECRET, seen=seen), []
    router.on("command.result")(called.append)
    for body in (
        result_body(place),
        result_body(place),
        result_body(place, correlation_id="d"),
        result_body(place, session="t"),
        result_body(place, session=None),
    ):
        deliver(router, body)
    assert len(called) == 4
    assert seen.handled == {
        "command.result:s:c", "command.result:s:d", "command.result:t:c", "command.result::c",
    }  # fmt: skip


def test_result_of_a_command_with_an_id_is_known_by_that():
    seen = RecordingStore()
    deliver(WebhookRouter(SECRET, seen=seen), result_body(id="evt_1"))
    assert seen.handled == {"evt_1"}


@pytest.mark.parametrize(
    "body",
    [
        result_body(correlation_id=None),
        result_body(correlation_id=""),
        result_body(correlation_id=["c"]),
        result_body("elsewhere"),
        result_body(data="c"),
        result_body(data=None),
    ],
)
def test_result_that_nothing_identifies_is_handled_each_time(body):
    seen = RecordingStore()
    router, called = WebhookRouter(SECRET, seen=seen), []
    router.on("*")(called.append)
    for _ in range(2):
        deliver(router, body)
    assert (len(called), seen.calls) == (2, [])


def test_without_a_store_an_event_is_handled_each_time():
    router, called = WebhookRouter(SECRET), []
    router.on("*")(called.append)
    for _ in range(2):
        deliver(router, event_body())
    assert len(called) == 2


# What is a store.


def store(**methods):
    def nothing(event_id, owner):
        return None

    both = {"claim": nothing, "finish": nothing, "release": nothing, **methods}
    return types.SimpleNamespace(**{name: method for name, method in both.items() if method})


async def later(event_id, owner):
    return "new"


class Old:
    """As stores were before claims had owners."""

    def claim(self, event_id):
        return True

    def release(self, event_id):
        """Forget it."""


NOT_STORES = {
    "set": (set(), "This set has no method claim"),
    "dict": ({}, "This dict has no method claim"),
    "list": ([], "This list has no method claim"),
    "True": (True, "This bool has no method claim"),
    "False": (False, "This bool has no method claim"),
    "string": ("memory", "This str has no method claim"),
    "function": (lambda event_id, owner: "new", "This function has no method claim"),
    "old": (Old(), "Its claim takes other arguments: too many positional arguments"),
    "old, but for its claim": (store(release=lambda event_id: None), "Its release takes other arguments"),
    "one argument too many": (store(finish=lambda a, b, c: None), "Its finish takes other arguments"),
    "no claim": (store(claim=None), "has no method claim"),
    "no finish": (store(finish=None), "has no method finish"),
    "no release": (store(release=None), "has no method release"),
    "no functions": (store(claim=True), "has no method claim"),
    "async claim": (store(claim=later), "Its claim is async"),
    "async finish": (store(finish=later), "Its finish is async"),
    "async release": (store(release=functools.partial(later)), "Its release is async"),
    "class": (RecentEvents, r"This is a class: pass an object of it, such as RecentEvents\(\)"),
}


@pytest.mark.parametrize(("seen", "why"), NOT_STORES.values(), ids=NOT_STORES)
def test_what_is_not_a_store_is_refused_at_construction_with_the_form_of_one(seen, why):
    with pytest.raises(TypeError, match=why) as caught:
        WebhookRouter(SECRET, seen=seen)
    for shown in ("claim(event_id, owner)", '"new", "running" or "handled"', "finish(", "release("):
        assert shown in str(caught.value)


class Anything:
    """A store whose methods take whatever comes, such as a proxy."""

    def __init__(self):
        self.store = RecordingStore()

    def __getattr__(self, name):
        return lambda *arguments: getattr(self.store, name)(*arguments)


@pytest.mark.parametrize("seen", [RecentEvents(), RecordingStore(), Anything()])
def test_store_of_the_right_form_is_taken(seen):
    router, called = WebhookRouter(SECRET, seen=seen), []
    router.on("*")(called.append)
    for _ in range(2):
        deliver(router, event_body())
    assert len(called) == 1
