"""Spans of our own: one an attempt, with the route and nothing private."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import re
import sys
import threading

import pytest

from tests.support.fake_server import API_KEY
from tests.support.loopback import Received, http, http_json, serving
from titan import APIConnectionError, APIResponseError, ConflictError, NotFoundError, TitanClient

trace = pytest.importorskip("opentelemetry.trace", reason="NOT TESTED: opentelemetry is not installed")
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor  # noqa: E402
from opentelemetry.sdk.trace import TracerProvider  # noqa: E402
from opentelemetry.sdk.trace.export import SimpleSpanProcessor  # noqa: E402
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter  # noqa: E402

from titan.opentelemetry import trace_client  # noqa: E402

NUMBER = "5511999998888"
JID = f"{NUMBER}@s.whatsapp.net"
TEXT = "meet me at the old harbour"
SESSION = "line-4915112345678"
SEND = {"chatId": JID, "type": "text", "text": TEXT}


class Traces:
    """A provider of tracers, and the spans that it was given."""

    def __init__(self) -> None:
        self.provider = TracerProvider()
        self.exporter = InMemorySpanExporter()
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))

    @property
    def spans(self):
        """In the order in which they ended."""
        return list(self.exporter.get_finished_spans())

    @property
    def shown(self) -> str:
        """All that an exporter sends, without what OpenTelemetry puts there itself."""
        spans = [json.loads(span.to_json()) for span in self.spans]
        return json.dumps(
            [[one["name"], one["attributes"], one["status"], one["events"], one["links"]] for one in spans]
        )


@pytest.fixture
def traces():
    traces = Traces()
    yield traces
    traces.provider.shutdown()


@pytest.fixture
def traced(traces):
    """A traced client of a server on loopback that answers so."""
    with contextlib.ExitStack() as stack:

        def start(answer, **options):
            server = stack.enter_context(serving(answer))
            client = stack.enter_context(
                TitanClient(server.url, **{"api_key": API_KEY, "max_retries": 2, **options})
            )
            trace_client(client, traces.provider)
            return client

        yield start


def in_turn(*answers):
    left = list(answers)

    def answer(request: Received):
        for _ in request.pieces():
            pass
        return left.pop(0) if len(left) > 1 else left[0]

    return answer


MESSAGE = http_json({"data": {"id": "m1", "chatId": JID, "text": TEXT}}, 201)


def test_a_call_is_a_span_named_after_its_route(traces, traced):
    client = traced(in_turn(MESSAGE))
    client.messages.send(SESSION, SEND)
    (span,) = traces.spans
    assert span.name == "POST /api/messages/send"
    assert span.kind is trace.SpanKind.CLIENT
    port = int(client._context.transport.base_url.rpartition(":")[2])
    hashed = span.attributes["titan.session.hash"]
    assert re.fullmatch("[a-z2-7]{10}", hashed)
    assert dict(span.attributes) == {
        "http.request.method": "POST",
        "url.template": "/api/messages/send",
        "server.address": "127.0.0.1",
        "server.port": port,
        "http.response.status_code": 201,
        "titan.session.hash": hashed,
    }
    assert span.status.status_code is trace.StatusCode.UNSET
    assert span.instrumentation_scope.name == "titan"


def test_each_attempt_is_a_span_below_that_of_the_caller(traces, traced, clock):
    client = traced(in_turn(http(503), http(429), http_json({"data": []})))
    with traces.provider.get_tracer("mine").start_as_current_span("job") as job:
        client.sessions.list()
        assert trace.get_current_span() is job
    spans = traces.spans[:-1]
    assert [span.attributes["http.response.status_code"] for span in spans] == [503, 429, 200]
    assert [span.attributes.get("http.request.resend_count") for span in spans] == [None, 1, 2]
    assert [span.attributes.get("error.type") for span in spans] == ["503", "429", None]
    assert [span.status.status_code.name for span in spans] == ["ERROR", "ERROR", "UNSET"]
    assert {span.parent.span_id for span in spans} == {job.get_span_context().span_id}
    assert all("titan.session.hash" not in span.attributes for span in spans)


def cut(request: Received) -> None:
    """Close the connection without an answer."""


FAILURES = {
    "connection lost": (cut, APIConnectionError, None, "APIConnectionError"),
    "not found": (in_turn(http_json({"error": f"no {JID}"}, 404)), NotFoundError, 404, "404"),
    "conflict": (in_turn(http_json({"error": f"{NUMBER} {TEXT}"}, 409)), ConflictError, 409, "409"),
    "a part for the whole": (in_turn(http(206, b"{}")), APIResponseError, 206, "APIResponseError"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_an_error_marks_the_span_and_its_text_stays_out(traces, traced, name):
    answer, kind, status, error_type = FAILURES[name]
    client = traced(answer, max_retries=0)
    with pytest.raises(kind):
        client.contacts.block(SESSION, JID)
    (span,) = traces.spans
    assert span.attributes.get("http.response.status_code") == status
    assert span.attributes["error.type"] == error_type
    assert span.status.status_code is trace.StatusCode.ERROR
    assert span.status.description is None
    assert list(span.events) == []


def test_a_refused_connection_marks_each_span(traces, clock):
    with TitanClient("http://127.0.0.1:1", API_KEY, max_retries=1) as client:
        trace_client(client, traces.provider)
        with pytest.raises(APIConnectionError):
            client.messages.send(SESSION, SEND)
    assert [span.attributes["error.type"] for span in traces.spans] == ["APIConnectionError"] * 2
    assert [span.attributes["server.port"] for span in traces.spans] == [1, 1]


def test_what_the_callers_own_code_raises_names_its_own_type(traces, traced):
    def progress(done, whole):
        raise LookupError(TEXT)

    client = traced(in_turn(http(200, b"\x89PNG", {"Content-Type": "image/png"})))
    with pytest.raises(LookupError, match="harbour"):
        client.media.download_to(SESSION, NUMBER, io.BytesIO(), progress=progress)
    (span,) = traces.spans
    assert span.attributes["error.type"] == "LookupError"
    assert not trace.get_current_span().get_span_context().is_valid
    assert TEXT not in traces.shown


def private_calls(client):
    with contextlib.suppress(NotFoundError):
        client.contacts.get(SESSION, JID)
    client.messages.send(SESSION, SEND)
    client.with_response(client.presence.get, SESSION, JID)
    client.submit(client.messages.send, SESSION, SEND)
    client.messages.send_file(SESSION, JID, io.BytesIO(TEXT.encode()), caption=TEXT)
    client.media.download(SESSION, NUMBER)
    client.request("GET", f"/api/{NUMBER}/x", params={"text": TEXT})
    client.with_options(timeout=3, params={"q": NUMBER}).chats.get(SESSION, JID)


def repeating(request: Received) -> bytes:
    """Answers with what it was sent, in headers and body."""
    list(request.pieces())
    headers = {"X-Echo": f"{JID} {API_KEY}"}
    if request.target.endswith("/download"):
        return http(302, b"", {"Location": f"/bucket/{NUMBER}?X-Signature=c2lnbmVk", **headers})
    if "bucket" in request.target:
        return http(200, b"\x89PNG", {"Content-Type": "image/png", **headers})
    if "contacts" in request.target:
        return http_json({"error": f"no {JID} for {API_KEY}"}, 404, headers)
    return http_json({"data": {"id": NUMBER, "chatId": JID, "text": TEXT}}, headers=headers)


@pytest.mark.parametrize("on", ["own connections", "http_client"])
def test_nothing_private_is_in_any_span_with_the_instrumentation_of_httpx_on(traces, traced, on):
    import httpx

    instrumentor = HTTPXClientInstrumentor()
    instrumentor.instrument(tracer_provider=traces.provider)
    try:
        with httpx.Client() as given:
            client = traced(repeating, http_client=None if on == "own connections" else given)
            private_calls(client)
    finally:
        instrumentor.uninstrument()
    assert [span.name for span in traces.spans] == [
        "GET /api/sessions/{session}/contacts/{contactId}",
        "POST /api/messages/send",
        "GET /api/sessions/{session}/presence/{chatId}",
        "POST /api/messages/send",
        "POST /api/messages/send",
        "POST /api/sessions/{session}/media/{mediaId}/download",
        "GET",
        "GET /api/sessions/{session}/chats/{chatId}",
    ]
    assert traces.spans[6].attributes.get("url.template") is None
    for secret in (NUMBER, "99999", TEXT, "harbour", API_KEY, "k" * 20, "c2lnbmVk", SESSION, "@", "bucket"):
        assert secret not in traces.shown
    assert not re.search(r"\d{7}", traces.shown)


def test_other_requests_are_still_seen_by_the_instrumentation_of_httpx(traces, traced):
    import httpx

    instrumentor = HTTPXClientInstrumentor()
    instrumentor.instrument(tracer_provider=traces.provider)
    try:
        client = traced(repeating)
        client.chats.get("s", JID)
        with httpx.Client() as given:
            given.get(f"{client._context.transport.base_url}/public")
    finally:
        instrumentor.uninstrument()
    assert [span.instrumentation_scope.name for span in traces.spans] == [
        "titan",
        "opentelemetry.instrumentation.httpx",
    ]


def hashes(traces):
    return [span.attributes["titan.session.hash"] for span in traces.spans]


def test_the_hash_tells_sessions_apart_and_depends_on_the_key(traces, traced):
    for key in (API_KEY, "titan_" + "z" * 98):
        client = traced(in_turn(http_json({"data": []})), api_key=key)
        for session in ("a", "b", "a"):
            client.chats.list(session)
    first, second = hashes(traces)[:3], hashes(traces)[3:]
    assert first[0] == first[2] != first[1]
    assert second[0] == second[2] != second[1]
    assert not set(first) & set(second)


def test_a_session_has_one_hash_in_path_and_body(traces, traced):
    client = traced(in_turn(http_json({"data": {"id": "1"}})))
    client.messages.send("a", SEND)
    client.sessions.get("a")
    client.groups.create("a", {"name": "x", "participants": []})
    assert len(set(hashes(traces))) == 1
    assert len(hashes(traces)) == 3


def test_copies_are_traced_with_their_client_and_once(traces, traced):
    client = traced(in_turn(http_json({"data": []})))
    trace_client(client.with_options(timeout=3), traces.provider)
    client.with_options(timeout=4).sessions.list()
    client.sessions.list()
    assert len(traces.spans) == 2


def test_spans_of_threads_do_not_mix(traces, traced):
    client = traced(in_turn(http_json({"data": []})))
    tracer = traces.provider.get_tracer("mine")

    def work(number):
        with tracer.start_as_current_span(f"job {number}"):
            for _ in range(5):
                client.sessions.list()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    jobs = {span.context.span_id for span in traces.spans if span.parent is None}
    ours = [span for span in traces.spans if span.parent is not None]
    assert len(jobs) == 4
    assert len(ours) == 20
    assert {span.parent.span_id for span in ours} == jobs


def test_spans_go_to_the_global_provider_where_none_is_given(traces, traced, monkeypatch):
    client = traced(in_turn(http_json({"data": []})))
    trace_client(client)
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: traces.provider)
    trace_client(client)
    client.sessions.list()
    assert len(traces.spans) == 1


@pytest.mark.parametrize("client", [None, "titan", object()])
def test_what_is_no_client_is_refused(client):
    with pytest.raises(TypeError, match="must be a TitanClient"):
        trace_client(client)


def test_without_the_extra_the_import_names_it(monkeypatch):
    monkeypatch.delitem(sys.modules, "titan.opentelemetry")
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(ImportError) as caught:
        importlib.import_module("titan.opentelemetry")
    assert str(caught.value).startswith("titan.opentelemetry needs opentelemetry-api: ")
    assert "[opentelemetry]" in str(caught.value)
