from __future__ import annotations

import asyncio
import functools
import itertools
import json
import sys
import threading
import time
import types
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from email.message import Message
from http.client import HTTPMessage

import httpx
import pytest
from starlette.datastructures import Headers as StarletteHeaders
from starlette.datastructures import MutableHeaders
from werkzeug.datastructures import EnvironHeaders
from werkzeug.datastructures import Headers as WerkzeugHeaders

from tests.support.project import CONTRACT as SPEC
from titan import WebhookPayloadError, WebhookRouter, WebhookSignatureError, sign_webhook
from titan.types_gen import MessageReceivedEvent
from titan.webhooks import RecentEvents, UnknownEvent, parse_webhook
from titan.webhooks import router as router_module
from titan.webhooks import seen as seen_module
from titan.webhooks.events_gen import EVENT_CLASSES

SECRET = "a secret of the tests"
EXAMPLES = {
    name: item["post"]["requestBody"]["content"]["application/json"]["examples"]["default"]["value"]
    for name, item in SPEC.get("webhooks", {}).items()
}


def body_of(name="message.received", **fields) -> bytes:
    return json.dumps({"id": "evt_1", "event": name, **fields}).encode()


def deliver(router, body, secret=SECRET):
    return router.handle(body, sign_webhook(body, secret))


class Seen:
    """A store that writes down what it is asked."""

    def __init__(self, *known: str) -> None:
        self.claimed = set(known)
        self.calls = []

    def claim(self, event_id):
        self.calls.append(("claim", event_id))
        new = event_id not in self.claimed
        self.claimed.add(event_id)
        return new

    def release(self, event_id):
        self.calls.append(("release", event_id))
        self.claimed.discard(event_id)


# Which handlers are called.


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_known_event_reaches_the_handler_of_its_name_and_no_other(name):
    router, called = WebhookRouter(SECRET), []
    for other in EXAMPLES:
        router.on(other)(lambda event, other=other: called.append((other, event)))
    event = deliver(router, json.dumps(EXAMPLES[name]).encode())
    assert called == [(name, event)]
    assert called[0][1] is event
    assert type(event) is EVENT_CLASSES[name]
    assert event.to_dict() == EXAMPLES[name]


def test_handlers_are_called_in_the_order_in_which_they_were_added():
    router, called = WebhookRouter(SECRET), []
    router.on("*")(lambda event: called.append("first"))
    router.on("message.received")(lambda event: called.append("second"))
    router.on_unknown(lambda event: called.append("unknown"))
    router.on("session.status")(lambda event: called.append("other"))
    router.on("call.missed", "message.received")(lambda event: called.append("third"))
    router.on("*")(lambda event: called.append("fourth"))
    deliver(router, body_of())
    assert called == ["first", "second", "third", "fourth"]


def test_handler_of_several_names_is_called_once_for_each_event_of_them():
    router, called = WebhookRouter(SECRET), []
    router.on("message.received", "message.sent", "message.received", "*")(
        lambda event: called.append(event.event)
    )
    for name in ("message.received", "message.sent", "call.missed"):
        deliver(router, body_of(name))
    assert called == ["message.received", "message.sent", "call.missed"]


def test_unknown_events_reach_handlers_of_their_name_of_any_name_and_of_unknown_ones():
    router, called = WebhookRouter(SECRET), []
    router.on("newsletter.update")(lambda event: called.append(("name", event)))
    router.on_unknown(lambda event: called.append(("unknown", event)))
    router.on("*")(lambda event: called.append(("any", event)))
    router.on("blocklist.update", "message.received")(lambda event: called.append(("other", event)))
    event = deliver(router, body_of("newsletter.update", payload={"a": 1}))
    assert type(event) is UnknownEvent
    assert called == [("name", event), ("unknown", event), ("any", event)]


@pytest.mark.parametrize("name", ["message.received", "newsletter.update"])
def test_event_without_a_handler_is_accepted(name):
    assert deliver(WebhookRouter(SECRET), body_of(name)).event == name


def test_decorators_give_back_the_function():
    router = WebhookRouter(SECRET)

    def handler(event):
        """Do nothing."""

    assert router.on("message.received")(handler) is handler
    assert router.on_unknown(handler) is handler


def test_what_a_handler_returns_is_ignored_and_what_it_raises_stops_the_next_and_gets_out():
    router, called = WebhookRouter(SECRET), []
    error = LookupError("of the handler")

    def fails(event):
        raise error

    router.on("message.received")(lambda event: False)
    router.on("message.received")(called.append)
    router.on("message.received")(fails)
    router.on("message.received")(lambda event: called.append("too late"))
    with pytest.raises(LookupError) as caught:
        deliver(router, body_of())
    assert caught.value is error
    assert [type(one) for one in called] == [MessageReceivedEvent]


def test_handler_can_hand_events_to_the_router_it_was_called_by():
    seen = Seen()
    router, called = WebhookRouter(SECRET, seen=seen), []

    @router.on("message.received")
    def split(event):
        called.append("begin")
        for number in (1, 2):
            deliver(router, body_of("message.part", id=f"evt_1.{number}"))
        called.append("end")

    router.on("message.part")(lambda event: called.append(event.id))
    deliver(router, body_of())
    assert called == ["begin", "evt_1.1", "evt_1.2", "end"]
    assert seen.claimed == {"evt_1", "evt_1.1", "evt_1.2"}


def test_handler_can_add_a_handler_for_later_events():
    router, called = WebhookRouter(SECRET), []
    router.on("message.received")(lambda event: router.on("message.received")(called.append))
    deliver(router, body_of())
    assert called == []
    deliver(router, body_of())
    assert len(called) == 1


@pytest.mark.parametrize("names", [(), (None,), (5,), (b"message.received",), (["a", "b"],), ("a", None)])
def test_names_must_be_strings(names):
    with pytest.raises(TypeError, match="names of events"):
        WebhookRouter(SECRET).on(*names)


def test_forgotten_name_is_told():
    router = WebhookRouter(SECRET)
    with pytest.raises(TypeError, match=r'@router\.on\("message\.received"\)'):

        @router.on
        def handler(event):
            """Do nothing."""


async def async_handler(event):
    """Never be called."""


@pytest.mark.parametrize("handler", [None, "handler", 5, async_handler, functools.partial(async_handler)])
def test_handler_must_be_a_function_and_no_async_one(handler):
    router = WebhookRouter(SECRET)
    for add in (router.on("message.received"), router.on_unknown):
        with pytest.raises(TypeError, match="must be a function that takes the event, and not async"):
            add(handler)
    deliver(router, body_of())


# Which deliveries are taken.


@pytest.mark.parametrize("secret", ["", b"", [], (), [""], ["good", ""]])
def test_empty_secret_is_refused_at_construction(secret):
    with pytest.raises(ValueError, match="anyone could sign"):
        WebhookRouter(secret)


@pytest.mark.parametrize("secret", [None, 5, {"a"}, [None]])
def test_secret_of_another_type_is_refused_at_construction(secret):
    with pytest.raises(TypeError, match="secret"):
        WebhookRouter(secret)


def test_secrets_can_be_rotated():
    router = WebhookRouter(["new", b"old"])
    for secret in ("new", "old"):
        assert deliver(router, body_of(), secret).id == "evt_1"
    with pytest.raises(WebhookSignatureError):
        deliver(router, body_of(), "older")


BODIES = {"an event": body_of(), "no event": b"[]", "no JSON": b"\xff", "empty": b""}
FORGED = {
    "missing": lambda body: {},
    "none": lambda body: None,
    "empty": lambda body: "",
    "of another body": lambda body: sign_webhook(body + b" ", SECRET),
    "of another secret": lambda body: sign_webhook(body, "another"),
    "without its prefix": lambda body: sign_webhook(body, SECRET)[len("sha256=") :],
    "under another name": lambda body: {"X-Signature": sign_webhook(body, SECRET)},
}


@pytest.mark.parametrize("headers", FORGED.values(), ids=FORGED)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_forged_delivery_is_refused_before_it_is_read_or_claimed(monkeypatch, headers, body):
    seen = Seen()
    router, called = WebhookRouter(SECRET, seen=seen), []
    router.on("*")(called.append)
    monkeypatch.setattr(router_module, "parse_webhook", called.append)
    with pytest.raises(WebhookSignatureError, match="signature") as caught:
        router.handle(body, headers(body))
    assert not isinstance(caught.value, WebhookPayloadError)
    assert (called, seen.calls) == ([], [])


@pytest.mark.parametrize("body", [body for name, body in BODIES.items() if name != "an event"])
def test_signed_delivery_that_is_no_event_is_a_payload_error(body):
    seen = Seen()
    router, called = WebhookRouter(SECRET, seen=seen), []
    router.on("*")(called.append)
    with pytest.raises(WebhookPayloadError) as caught:
        deliver(router, body)
    assert not isinstance(caught.value, WebhookSignatureError)
    assert (called, seen.calls) == ([], [])


@pytest.mark.parametrize("form", [bytes, bytearray, memoryview, bytes.decode])
def test_every_form_of_the_body_is_taken(form):
    assert WebhookRouter(SECRET).handle(form(body_of()), sign_webhook(body_of(), SECRET)).id == "evt_1"


def test_parsed_body_is_a_mistake_of_the_caller():
    with pytest.raises(TypeError, match="raw request body"):
        WebhookRouter(SECRET).handle({"event": "message.received"}, None)


# Where the signature stands.


def http_message(name, value):
    message = HTTPMessage()
    message["Host"] = "example.com"
    message[name] = value
    return message


def email_message(name, value):
    message = Message()
    message[name] = value
    return message


def environ(name, value):
    return {
        "REQUEST_METHOD": "POST",
        "CONTENT_LENGTH": "5",
        "wsgi.version": (1, 0),
        "wsgi.input": None,
        f"HTTP_{name.upper().replace('-', '_')}": value,
    }


NAME = "X-Webhook-Signature"
FORMS = {
    "str": lambda value: value,
    "bytes": lambda value: value.encode(),
    "dict": lambda value: {"Host": "example.com", NAME: value},
    "dict in lower case": lambda value: {NAME.lower(): value},
    "dict in upper case": lambda value: {NAME.upper(): value},
    "dict in mixed case": lambda value: {"x-WEBHOOK-signature": value},
    "dict of bytes": lambda value: {NAME.encode(): value.encode()},
    "dict of lists, as AWS": lambda value: {"host": ["example.com"], NAME.lower(): [value]},
    "dict of tuples": lambda value: {NAME: (value,)},
    "WSGI environ": lambda value: environ(NAME, value),
    "Django META": lambda value: {"SERVER_NAME": "example.com", "HTTP_X_WEBHOOK_SIGNATURE": value},
    "mapping proxy": lambda value: types.MappingProxyType({NAME: value}),
    "Starlette": lambda value: StarletteHeaders({"host": "example.com", NAME: value}),
    "Starlette, mutable": lambda value: MutableHeaders(raw=[(NAME.lower().encode(), value.encode())]),
    "Werkzeug": lambda value: WerkzeugHeaders([("Host", "example.com"), (NAME, value)]),
    "Flask": lambda value: EnvironHeaders(environ(NAME, value)),
    "httpx": lambda value: httpx.Headers({NAME: value}),
    "http.client": lambda value: http_message(NAME, value),
    "email": lambda value: email_message(NAME.lower(), value),
    "pairs": lambda value: [("Host", "example.com"), (NAME, value)],
    "pairs of bytes, as ASGI": lambda value: [(b"host", b"x"), (NAME.lower().encode(), value.encode())],
    "pairs as lists": lambda value: [["Host", "example.com"], [NAME, value]],
    "tuple of pairs": lambda value: ((NAME, value),),
    "generator of pairs": lambda value: (pair for pair in [("a", "b"), (NAME, value)]),
    "items of a dict": lambda value: {NAME: value}.items(),
    "first of two": lambda value: [(NAME, value), (NAME, "sha256=" + "0" * 64)],
    "with white space": lambda value: {NAME: f" {value}\r\n"},
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_signature_is_found_in_headers_of_every_form(form):
    router, body = WebhookRouter(SECRET), body_of()
    assert router.handle(body, form(sign_webhook(body, SECRET))).id == "evt_1"
    with pytest.raises(WebhookSignatureError):
        router.handle(body, form(sign_webhook(body, "another")))


@pytest.mark.parametrize(
    "headers", [{}, [], (), None, "", b"", {NAME: None}, {NAME: []}, StarletteHeaders({})]
)
def test_headers_without_a_signature_are_a_signature_error(headers):
    with pytest.raises(WebhookSignatureError):
        WebhookRouter(SECRET).handle(body_of(), headers)


@pytest.mark.parametrize(
    "headers", [5, True, object(), [5], ["a", "b"], [("a",)], bytearray(b"sha256="), {NAME: 5}]
)
def test_what_are_no_headers_is_a_mistake_of_the_caller(headers):
    with pytest.raises(TypeError, match=r"^(headers|signature) must be"):
        WebhookRouter(SECRET).handle(body_of(), headers)


# What is delivered again.


def test_event_that_was_handled_is_not_handled_again():
    seen = Seen()
    router, called = WebhookRouter(SECRET, seen=seen), []
    router.on("*")(called.append)
    first, second = deliver(router, body_of()), deliver(router, body_of())
    deliver(router, body_of(id="evt_2"))
    assert first.to_dict() == second.to_dict()
    assert [event.id for event in called] == ["evt_1", "evt_2"]
    assert seen.calls == [("claim", "evt_1"), ("claim", "evt_1"), ("claim", "evt_2")]


def test_event_is_claimed_before_its_handlers_are_called():
    seen = Seen()
    router = WebhookRouter(SECRET, seen=seen)
    states = []
    router.on("*")(lambda event: states.append(list(seen.calls)))
    deliver(router, body_of())
    assert states == [[("claim", "evt_1")]]


class Stop(BaseException):
    pass


@pytest.mark.parametrize("error", [ValueError, WebhookSignatureError, KeyboardInterrupt, SystemExit, Stop])
def test_event_whose_handler_raised_is_released_and_handled_when_it_comes_again(error):
    seen = Seen()
    router, called = WebhookRouter(SECRET, seen=seen), []
    raised = [error("once")]

    @router.on("*")
    def fails_once(event):
        if raised:
            raise raised.pop()
        called.append(event.id)

    with pytest.raises(error):
        deliver(router, body_of())
    assert seen.calls == [("claim", "evt_1"), ("release", "evt_1")]
    deliver(router, body_of())
    deliver(router, body_of())
    assert called == ["evt_1"]


def test_event_that_was_claimed_by_another_is_neither_handled_nor_released():
    seen = Seen("evt_1")
    router, called = WebhookRouter(SECRET, seen=seen), []
    router.on("*")(called.append)
    assert deliver(router, body_of()).id == "evt_1"
    assert (called, seen.calls) == ([], [("claim", "evt_1")])


@pytest.mark.parametrize("method", ["claim", "release"])
def test_failing_store_fails_the_delivery(method):
    seen = Seen()

    def fails(event_id):
        raise ConnectionError("the store is down")

    setattr(seen, method, fails)
    router, called = WebhookRouter(SECRET, seen=seen), []

    @router.on("*")
    def handler(event):
        called.append(event)
        raise ValueError

    with pytest.raises(ConnectionError):
        deliver(router, body_of())
    assert len(called) == (method == "release")


@pytest.mark.parametrize("event_id", [None, "", 5, ["evt_1"], {"a": 1}])
def test_event_without_a_usable_id_is_handled_each_time(event_id):
    seen = Seen()
    router, called = WebhookRouter(SECRET, seen=seen), []
    router.on("*")(called.append)
    for _ in range(2):
        deliver(router, body_of(id=event_id))
    assert (len(called), seen.calls) == (2, [])


def test_without_a_store_an_event_is_handled_each_time():
    router, called = WebhookRouter(SECRET), []
    router.on("*")(called.append)
    for _ in range(2):
        deliver(router, body_of())
    assert len(called) == 2


def store(**methods):
    return types.SimpleNamespace(**methods)


async def async_claim(event_id):
    return True


NO_STORES = {
    "set": set(),
    "dict": {},
    "list": [],
    "True": True,
    "False": False,
    "string": "memory",
    "no release": store(claim=lambda event_id: True),
    "no claim": store(release=lambda event_id: None),
    "no functions": store(claim=True, release=True),
    "async": store(claim=async_claim, release=async_claim),
    "async claim": store(claim=async_claim, release=lambda event_id: None),
    "class": RecentEvents,
    "function": lambda event_id: True,
}


@pytest.mark.parametrize("seen", NO_STORES.values(), ids=NO_STORES)
def test_what_is_no_store_is_refused_at_construction(seen):
    with pytest.raises(TypeError, match="seen must be an object with the methods claim"):
        WebhookRouter(SECRET, seen=seen)


# The store in memory.


@pytest.fixture
def now(monkeypatch):
    clock = types.SimpleNamespace(seconds=5000.0)
    monkeypatch.setattr(seen_module, "time", types.SimpleNamespace(monotonic=lambda: clock.seconds))
    return clock


def test_recent_events_tell_what_is_new(now):
    recent = RecentEvents()
    assert recent.claim("a") is True
    assert recent.claim("a") is False
    assert recent.claim("b") is True
    recent.release("a")
    recent.release("never claimed")
    assert recent.claim("a") is True
    assert recent.claim("b") is False


def test_recent_events_forget_the_oldest_beyond_their_number(now):
    recent = RecentEvents(most=3)
    for event_id in "abcd":
        assert recent.claim(event_id) is True
    assert [recent.claim(event_id) for event_id in "bcd"] == [False, False, False]
    assert recent.claim("a") is True
    assert recent.claim("b") is True
    assert len(recent._claimed) == 3


def test_recent_events_forget_what_is_older_than_their_age(now):
    recent = RecentEvents(seconds=60)
    recent.claim("a")
    now.seconds += 30
    recent.claim("b")
    now.seconds += 29.9
    assert recent.claim("a") is False
    now.seconds += 0.1
    assert recent.claim("a") is True
    assert recent.claim("b") is False
    now.seconds += 60
    recent.claim("c")
    assert list(recent._claimed) == ["c"]


def test_asking_again_does_not_make_an_event_younger(now):
    recent = RecentEvents(seconds=60)
    recent.claim("a")
    now.seconds += 59
    assert recent.claim("a") is False
    now.seconds += 1
    assert recent.claim("a") is True


def test_released_and_claimed_again_an_event_counts_from_then_on(now):
    recent = RecentEvents(seconds=60)
    recent.claim("a")
    recent.claim("b")
    now.seconds += 30
    recent.release("a")
    recent.claim("a")
    now.seconds += 30
    assert recent.claim("a") is False
    assert recent.claim("b") is True


@pytest.mark.parametrize("bounds", [{"most": 0}, {"most": -1}, {"seconds": 0}, {"seconds": -1}])
def test_recent_events_that_remember_nothing_are_refused(bounds):
    with pytest.raises(ValueError, match="must remember"):
        RecentEvents(**bounds)


@pytest.fixture
def restless():
    """Threads that are switched as often as can be, so that they meet."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


class Hesitant(OrderedDict):
    """Lets other threads in between looking and writing."""

    def __contains__(self, key):
        found = super().__contains__(key)
        time.sleep(0.001)
        return found


def test_of_many_threads_one_claims_each_event(restless):
    recent = RecentEvents()
    recent._claimed = Hesitant()
    start = threading.Barrier(16)

    def claims():
        start.wait()
        return [event_id for event_id in range(10) if recent.claim(str(event_id))]

    with ThreadPoolExecutor(16) as pool:
        claimed = [future.result() for future in [pool.submit(claims) for _ in range(16)]]
    assert sorted(itertools.chain(*claimed)) == list(range(10))


# Under load.


def test_16_threads_handle_10_000_events_to_success_exactly_once(restless):
    """A tenth comes twice, a tenth fails once, some do both; as Titan does, until each was accepted."""
    ids = [f"evt_{number}" for number in range(10_000)]
    twice, to_fail = set(ids[7::10]), {*ids[3::20], *ids[7::20]}
    router = WebhookRouter(SECRET, seen=RecentEvents())
    lock = threading.Lock()
    succeeded, failed, accepted = [], [], []

    @router.on("message.received")
    def handler(event):
        with lock:
            fails = event.id in to_fail
            to_fail.discard(event.id)
        if fails:
            raise ValueError(event.id)
        succeeded.append(event.id)

    payload = EXAMPLES["message.received"]["payload"]
    deliveries = iter([
        (event_id, body_of(id=event_id, payload=payload))
        for event_id in ids
        for _ in range(2 if event_id in twice else 1)
    ])  # fmt: skip

    def work():
        while True:
            with lock:
                event_id, body = next(deliveries, (None, None))
            if body is None:
                return
            while True:
                try:
                    accepted.append(deliver(router, body).id)
                    break
                except ValueError:
                    failed.append(event_id)

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(accepted), len(failed), to_fail) == (11_000, 1_000, set())
    assert sorted(succeeded) == sorted(ids)


def test_router_can_be_used_from_an_event_loop():
    router, called = WebhookRouter(SECRET), []
    router.on("*")(called.append)

    async def endpoint():
        return await asyncio.get_running_loop().run_in_executor(None, deliver, router, body_of())

    assert asyncio.run(endpoint()).to_dict() == parse_webhook(body_of()).to_dict()
    assert len(called) == 1
