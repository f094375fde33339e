"""Tools that hook into httpx: which see requests over our own connections, which those of an http_client."""

from __future__ import annotations

import httpx
import pytest
import respx

from tests.support.fake_server import API_KEY
from tests.support.interpreter import run_script
from titan import APIConnectionError, APITimeoutError, NotFoundError, TitanClient

pytestmark = pytest.mark.slow

URL = "https://api.example.com"
SEND = {"chatId": "5511999998888@s.whatsapp.net", "type": "text", "text": "Hello"}


@pytest.fixture
def own():
    """A client on connections of its own, of a server that does not exist."""
    with TitanClient(URL, API_KEY, max_retries=0) as client:
        yield client


# --- pytest-httpx


@pytest.fixture
def httpx_mock(request):
    pytest.importorskip("pytest_httpx", reason="NOT TESTED: pytest-httpx is not installed")
    # Asked for by the name of the plugin's own fixture, which this one stands before.
    return request.getfixturevalue("httpx_mock")


def test_pytest_httpx_answers_requests_on_own_connections(httpx_mock, own):
    httpx_mock.add_response(url=f"{URL}/api/messages/send", method="POST", json={"data": {"id": "m1"}})
    assert own.messages.send("s", SEND).id == "m1"
    (request,) = httpx_mock.get_requests()
    assert request.headers["Authorization"] == f"Bearer {API_KEY}"
    assert b'"session":"s"' in request.read()


def test_pytest_httpx_gives_statuses_and_exceptions(httpx_mock, own):
    httpx_mock.add_response(status_code=404, json={"error": "no such session"})
    httpx_mock.add_exception(httpx.ReadTimeout("slow"))
    with pytest.raises(NotFoundError, match="no such session"):
        own.sessions.get("s")
    with pytest.raises(APITimeoutError):
        own.messages.send("s", SEND)


def test_pytest_httpx_answers_a_download_with_its_redirect(httpx_mock, own):
    httpx_mock.add_response(status_code=302, headers={"Location": "https://files.example.com/a"})
    httpx_mock.add_response(url="https://files.example.com/a", content=b"\x89PNG")
    assert own.media.download("s", "m") == b"\x89PNG"


# --- respx


def test_respx_in_its_default_mode_answers_requests_on_own_connections(own):
    with respx.mock(base_url=URL) as router:
        route = router.post("/api/messages/send").respond(201, json={"data": {"id": "m1"}})
        router.get("/api/sessions/gone").respond(404, json={"error": "no such session"})
        router.get("/api/sessions/lost").mock(side_effect=httpx.ConnectError)
        assert own.messages.send("s", SEND).id == "m1"
        with pytest.raises(NotFoundError, match="no such session"):
            own.sessions.get("gone")
        with pytest.raises(APIConnectionError) as caught:
            own.sessions.get("lost")
    assert caught.value.maybe_processed is False
    assert route.calls.last.request.headers["Authorization"] == f"Bearer {API_KEY}"


def test_respx_answers_a_client_that_was_used_before(echoing):
    with TitanClient(echoing.url, API_KEY) as client:
        client.sessions.list()
        with respx.mock(base_url=echoing.url) as router:
            router.get("/api/sessions").respond(json={"data": [{"name": "mocked"}]})
            assert [one.name for one in client.sessions.list()] == ["mocked"]
        assert client.sessions.list() == []
    assert len(echoing.requests) == 2


def test_respx_for_httpx_itself_sees_requests_on_an_http_client_alone(echoing):
    with respx.mock(base_url=echoing.url, using="httpx", assert_all_called=False) as router:
        router.get("/api/sessions").respond(json={"data": [{"name": "mocked"}]})
        with httpx.Client() as given, TitanClient(echoing.url, API_KEY) as own:
            client = TitanClient(echoing.url, API_KEY, http_client=given)
            assert [one.name for one in client.sessions.list()] == ["mocked"]
            assert echoing.requests == []
            assert own.sessions.list() == []
    assert len(echoing.requests) == 1


# --- OpenTelemetry's instrumentation of httpx

INSTRUMENTED = """
import json, sys
import httpx
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from titan import NotFoundError, TitanClient

exporter = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
url, when, on = sys.argv[1:]
if when == "before":
    HTTPXClientInstrumentor().instrument(tracer_provider=provider)
with httpx.Client() as given:
    with TitanClient(url, "titan_key", http_client=given if on == "given" else None) as client:
        if when == "after the first call":
            client.sessions.list()
            HTTPXClientInstrumentor().instrument(tracer_provider=provider)
        client.sessions.list()
        client.messages.send("s", {"chatId": "1@g.us", "type": "text", "text": "Hello"})
for span in exporter.get_finished_spans():
    print(json.dumps([span.name, span.attributes["http.status_code"]]))
"""


@pytest.mark.parametrize(
    ("when", "on"), [("before", "own"), ("after the first call", "own"), ("before", "given")]
)
def test_the_instrumentation_of_httpx_by_opentelemetry_sees_each_request(echoing, when, on):
    pytest.importorskip("opentelemetry.instrumentation.httpx", reason="NOT TESTED: it is not installed")
    assert run_script(INSTRUMENTED, echoing.url, when, on) == [["GET", 200], ["POST", 201]]
    assert "traceparent" in echoing.requests[-1].headers


# --- Sentry

WITH_SENTRY = """
import json, sys
import httpx, sentry_sdk
from sentry_sdk.integrations.httpx import HttpxIntegration
from titan import TitanClient

class Kept(sentry_sdk.Transport):
    def capture_envelope(self, envelope):
        for item in envelope.items:
            sent.append(item.payload.json)

sent = []
url, on = sys.argv[1:]
sentry_sdk.init(
    dsn="http://key@127.0.0.1:1/1", transport=Kept, integrations=[HttpxIntegration()], traces_sample_rate=1.0,
    auto_enabling_integrations=False,  # which import every framework that the tests need
)
with httpx.Client() as given:
    with TitanClient(url, "titan_key", http_client=given if on == "given" else None) as client:
        with sentry_sdk.start_transaction(name="job"):
            client.messages.send("s", {"chatId": "1@g.us", "type": "text", "text": "Hello"})
        sentry_sdk.capture_message("done")
transaction, event = (one for one in sent if one)
print(json.dumps([span["op"] for span in transaction["spans"]]))
print(json.dumps([one["data"]["http.response.status_code"] for one in event["breadcrumbs"]["values"]
    if one.get("category") == "httplib"]))
"""


@pytest.mark.parametrize(("on", "spans", "statuses"), [("given", ["http.client"], [201]), ("own", [], [])])
def test_sentry_sees_requests_on_an_http_client_alone(echoing, on, spans, statuses):
    pytest.importorskip("sentry_sdk", reason="NOT TESTED: sentry-sdk is not installed")
    assert run_script(WITH_SENTRY, echoing.url, on) == [spans, statuses]
    assert len(echoing.requests) == 1
