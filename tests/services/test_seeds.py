"""Titan's quickstart and SDK page, line by line: what they show is what the SDK does, over real HTTP.

The texts stand here as the pages have them. What was a JID, a filter against spam has made unreadable, with a
no-break space in it.
"""

import hashlib
import hmac
import json
import re
import shlex
import warnings
from contextlib import ExitStack, contextmanager
from typing import Optional

import pytest
from pydantic import BaseModel

import titan
from tests.support.loopback import http_json, serving
from tests.support.project import ROOT
from titan import BadRequestError, TitanClient, TitanDeprecationWarning
from titan.types_gen import PairingQR, SendMessageRequest, Session, SessionStatus

HIDDEN_JID = "[email\xa0protected]"

QUICKSTART = {
    "create a key": r"""
curl --request POST \
  --url https://api.example.com/api/account/keys \
  --header 'Authorization: Bearer titan_...' \
  --header 'Content-Type: application/json' \
  --data '{
    "label": "my-first-key",
    "lifetimeDays": 30,
    "scopes": ["sessions:manage", "messages:write"]
  }'
""",
    "create a session": r"""
curl --request POST \
  --url https://api.example.com/api/sessions \
  --header 'Authorization: Bearer titan_...' \
  --header 'Content-Type: application/json' \
  --data '{"name": "my-session"}'
""",
    "start the session": r"""
curl --request POST \
  --url https://api.example.com/api/sessions/my-session/start \
  --header 'Authorization: Bearer titan_...'
""",
    "get the QR code": r"""
curl --request GET \
  --url https://api.example.com/api/sessions/my-session/pairing/qr \
  --header 'Authorization: Bearer titan_...'
""",
    "check the session": r"""
curl --request GET \
  --url https://api.example.com/api/sessions/my-session \
  --header 'Authorization: Bearer titan_...'
""",
    "send a message": r"""
curl --request POST \
  --url https://api.example.com/api/messages/send \
  --header 'Authorization: Bearer titan_...' \
  --header 'Content-Type: application/json' \
  --data '{
    "session": "my-session",
    "chatId": "[email protected]",
    "type": "text",
    "text": "Hello from Titan!"
  }'
""",
}

EXPECTED_RESPONSES = {
    "create a key": """
{
  "data": {
    "id": "key_01jz...",
    "key": "titan_AAAB...",
    "label": "my-first-key",
    "scopes": ["sessions:manage", "messages:write"],
    "createdAt": "2025-05-01T12:00:00Z",
    "expiresAt": "2025-05-31T12:00:00Z"
  }
}
""",
    "create a session": """
{
  "data": {
    "name": "my-session",
    "status": "DISCONNECTED",
    "statusReason": null,
    "createdAt": "2025-05-01T12:01:00Z"
  }
}
""",
    "get the QR code": """
{
  "data": {
    "qr": "data:image/png;base64,iVBORw0KGgo..."
  }
}
""",
    "check the session": """
{
  "data": {
    "name": "my-session",
    "status": "CONNECTED",
    "statusReason": null
  }
}
""",
    "send a message": """
{
  "data": {
    "id": "msg_3AFBWAIKiNsZCmkg...",
    "session": "my-session",
    "fromMe": true,
    "status": "sent",
    "type": "text",
    "text": "Hello from Titan!",
    "sentAt": "2025-05-01T12:05:00Z"
  }
}
""",
}

CALLS = {
    "create a key": lambda client: client.account_keys.create(
        {"label": "my-first-key", "lifetimeDays": 30, "scopes": ["sessions:manage", "messages:write"]}
    ),
    "create a session": lambda client: client.sessions.create({"name": "my-session"}),
    "start the session": lambda client: client.sessions.start("my-session"),
    "get the QR code": lambda client: client.pairing.qr("my-session"),
    "check the session": lambda client: client.sessions.get("my-session"),
    "send a message": lambda client: client.messages.send(
        "my-session", {"chatId": HIDDEN_JID, "type": "text", "text": "Hello from Titan!"}
    ),
}

SDK_PAGE = {
    "create a client": """
from titan import TitanClient

client = TitanClient(base_url="https://api.example.com", api_key="titan_...")
""",
    "send a message": """
resp = client.messages.send("default", {
    "chatId": "[email protected]",
    "type": "text",
    "text": "Hello from Python!",
})
""",
    "webhook verification": """
from titan import verify_webhook

is_valid = verify_webhook(raw_body, signature_header, secret)
""",
    "client tokens": """
client = TitanClient(base_url="...", client_token="titan_ct_...")
""",
    "full client token flow": """
from titan import TitanClient

# Server-side: mint a token
server = TitanClient(base_url="https://api.example.com", api_key="titan_...")

token = server.client_tokens.mint({
    "session": "default",
    "ephemeralId": "user-123",
    "ttl": 900,
})

# Browser/restricted client: use the token
browser = TitanClient(base_url="https://api.example.com", client_token=token["token"])
""",
    "types": """
from titan.types_gen import SendMessageRequest, SessionStatus
""",
}

SERVICE_DOMAINS = """
Sessionsclient.sessions
Messagesclient.messages
Contactsclient.contacts
Groupsclient.groups
Channelsclient.channels
Presenceclient.presence
Profileclient.profile
Labelsclient.labels
Chatsclient.chats
Webhooksclient.webhooks
Pairingclient.pairing
LIDsclient.lids
Mediaclient.media
Client tokensclient.client_tokens
"""

TOKEN = "titan_ct_eyJhbGciOiJIUzI1NiJ9.e30.c2ln"
MESSAGE = {"id": "msg_1", "session": "default", "fromMe": True, "type": "text", "text": "Hello from Python!"}
DEPRECATIONS = {
    "Deprecation": "true",
    "Sunset": "Sat, 31 Oct 2026 00:00:00 GMT",
    "Titan-SDK-Deprecation": "titan-sdk 0.0.1 is outdated",
}


@contextmanager
def answering(answers, headers=None, status=200):
    """A server that gives each path its answer, and the requests that came with their parsed bodies."""
    requests = []

    def answer(received):
        sent = b"".join(received.pieces())
        requests.append((received, json.loads(sent) if sent else None))
        return http_json(answers[received.target], status, headers)

    with serving(answer) as server:
        yield server.url, requests


@contextmanager
def connected(answers, headers=None, status=200, **options):
    with ExitStack() as stack:
        base_url, requests = stack.enter_context(answering(answers, headers, status))
        yield stack.enter_context(TitanClient(base_url, "titan_...", **options)), requests


# The quickstart


def parse_curl(text):
    words = shlex.split(text.replace("\\\n", " "))
    assert words.pop(0) == "curl"
    options = {}
    for option, value in zip(words[::2], words[1::2]):
        options.setdefault(option, []).append(value)
    headers = dict(value.split(": ") for value in options["--header"])
    body = json.loads(options["--data"][0]) if "--data" in options else None
    return options["--request"][0], options["--url"][0], headers, body


@pytest.mark.parametrize("step", QUICKSTART)
def test_the_call_makes_the_request_of_the_curl_that_it_replaces(step):
    method, url, headers, body = parse_curl(QUICKSTART[step])
    target = url[len("https://api.example.com") :]
    answer = json.loads(EXPECTED_RESPONSES.get(step, '{"data": {"success": true}}'))
    with connected({target: answer}) as (client, requests):
        CALLS[step](client)
    ((received, sent),) = requests
    assert (received.method, received.target, sent) == (method, target, body)
    assert received.headers["authorization"] == headers["Authorization"]
    assert received.headers.get("content-type") == headers.get("Content-Type")


@pytest.mark.parametrize("step", EXPECTED_RESPONSES)
def test_the_expected_response_comes_out_of_the_call_as_it_is_shown(step):
    target = parse_curl(QUICKSTART[step])[1][len("https://api.example.com") :]
    answer = json.loads(EXPECTED_RESPONSES[step])
    with connected({target: answer}, strict_responses=True) as (client, _):
        result = CALLS[step](client)
    assert result.to_dict() == answer["data"]
    for name, value in answer["data"].items():
        assert name in result
        if not name.endswith("At"):
            assert result[name] == value
    assert result.get("notThere") is None


def test_the_quickstart_can_be_told_in_attributes():
    answers = {
        parse_curl(QUICKSTART[step])[1][len("https://api.example.com") :]: json.loads(answer)
        for step, answer in EXPECTED_RESPONSES.items()
    }
    with connected(answers) as (client, _):
        assert CALLS["create a key"](client).expires_at.isoformat() == "2025-05-31T12:00:00+00:00"
        created = CALLS["create a session"](client)
        assert (created.status, created.status_reason) == (SessionStatus.DISCONNECTED, None)
        assert CALLS["get the QR code"](client) == PairingQR(qr="data:image/png;base64,iVBORw0KGgo...")
        assert CALLS["check the session"](client).status == "CONNECTED"
        message = CALLS["send a message"](client)
        assert (message.id, message.from_me) == ("msg_3AFBWAIKiNsZCmkg...", True)
        assert message.sent_at.isoformat() == "2025-05-01T12:05:00+00:00"


@pytest.mark.parametrize("chat_id", ["120363012345678901@g.us", "status@broadcast"])
def test_groups_and_the_status_are_written_to_like_people(chat_id):
    with connected({"/api/messages/send": {"data": MESSAGE}}) as (client, requests):
        client.messages.send("my-session", {"chatId": chat_id, "type": "text", "text": "Hello"})
    assert requests[0][1] == {"session": "my-session", "chatId": chat_id, "type": "text", "text": "Hello"}


# The SDK page


@contextmanager
def sdk_page(**names):
    """Runs snippets of the page, one after the other, with only the address of the server replaced."""
    answers = {
        "/api/messages/send": {"data": MESSAGE},
        "/api/sessions/default/messages/send": {"data": MESSAGE},
        "/api/client-tokens": {"data": {"token": TOKEN, "session": "default"}},
    }
    opened = []

    with answering(answers) as (base_url, requests):

        def run(snippet):
            code = SDK_PAGE[snippet]
            for address in ('base_url="https://api.example.com"', 'base_url="..."'):
                code = code.replace(address, f"base_url={base_url!r}")
            exec(compile(code, snippet, "exec"), names)
            opened.extend(value for value in names.values() if isinstance(value, TitanClient))
            return names

        try:
            yield run, requests
        finally:
            for client in opened:
                client.close()


def test_a_message_is_sent_as_the_page_sends_it():
    with sdk_page() as (run, requests):
        run("create a client")
        resp = run("send a message")["resp"]
    ((received, body),) = requests
    assert (received.method, received.target) == ("POST", "/api/messages/send")
    assert received.headers["authorization"] == "Bearer titan_..."
    assert body == {
        "session": "default",
        "chatId": HIDDEN_JID,
        "type": "text",
        "text": "Hello from Python!",
    }
    # A typed object matching the API's JSON response shape.
    assert resp.to_dict() == MESSAGE
    assert (resp.id, resp["id"], resp.from_me, resp["fromMe"]) == ("msg_1", "msg_1", True, True)


def test_the_client_has_the_attributes_of_the_table():
    attributes = re.findall(r"client\.(\w+)", SERVICE_DOMAINS)
    assert len(attributes) == 14
    with sdk_page() as (run, _):
        client = run("create a client")["client"]
        for attribute in attributes:
            service = getattr(client, attribute)
            assert service is getattr(client, attribute)
            assert attribute in dir(client)
            assert type(service).__module__ == f"titan.services.{attribute}"
        # The name in the TypeScript and PHP SDKs.
        assert not hasattr(client, "clientTokens")


@pytest.mark.parametrize(
    ("body", "is_valid"),
    [(b'{"event":"message.received"}', True), (b'{"event":"message.received"} ', False)],
)
def test_webhook_verification_returns_true_or_false(body, is_valid):
    signed = b'{"event":"message.received"}'
    header = "sha256=" + hmac.new(b"webhook secret", signed, hashlib.sha256).hexdigest()
    with sdk_page(raw_body=body, signature_header=header, secret="webhook secret") as (run, _):
        assert run("webhook verification")["is_valid"] is is_valid


def test_a_client_token_takes_the_place_of_the_api_key():
    with sdk_page(TitanClient=TitanClient) as (run, requests):
        client = run("client tokens")["client"]
        client.messages.send("default", {"chatId": "x", "type": "text", "text": "Hello"})
    assert requests[0][0].headers["authorization"] == "Bearer titan_ct_..."


def test_the_full_client_token_flow_works_as_written():
    with sdk_page() as (run, requests):
        names = run("full client token flow")
        token, browser = names["token"], names["browser"]
        assert token["token"] == token.token == TOKEN
        browser.messages.send("default", {"chatId": "x", "type": "text", "text": "Hello"})
    (minting, payload), (sending, _) = requests
    assert (minting.method, minting.target) == ("POST", "/api/client-tokens")
    assert minting.headers["authorization"] == "Bearer titan_..."
    assert payload == {"session": "default", "ephemeralId": "user-123", "ttl": 900}
    assert sending.target == "/api/sessions/default/messages/send"
    assert sending.headers["authorization"] == f"Bearer {TOKEN}"


def test_types_can_be_imported_for_annotations_and_for_models_of_ones_own():
    with sdk_page() as (run, _):
        names = run("types")
    exec(
        "def send(message: SendMessageRequest) -> SessionStatus: ...\n"
        "annotations = __import__('typing').get_type_hints(send)",
        names,
    )
    assert names["annotations"] == {"message": SendMessageRequest, "return": SessionStatus}

    class Job(BaseModel):
        message: SendMessageRequest
        status: Optional[SessionStatus] = None

    poll = {"chatId": "x", "type": "poll", "question": "?", "options": ["a", "b"]}
    job = Job.model_validate_json(json.dumps({"message": poll, "status": "NEW"}))
    assert (type(job.message).__name__, job.message.options, job.status) == ("PollMessage", ["a", "b"], "NEW")


def test_types_come_from_the_file_that_the_page_names():
    assert (ROOT / "titan" / "types_gen.py").is_file()
    assert (ROOT / "titan" / "py.typed").is_file()
    assert Session.__module__ == "titan.types_gen"


def test_the_package_is_called_and_supported_as_the_page_says():
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert re.search(r'^name = "titan-sdk"$', project, re.MULTILINE)
    assert re.search(r'^requires-python = ">=3\.9"$', project, re.MULTILINE)
    assert {"TitanClient", "verify_webhook"} <= set(titan.__all__)


def list_sessions_twice(base_url):
    with TitanClient(base_url, "titan_...") as client, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(2):
            client.sessions.list()
    return caught


@pytest.mark.parametrize("sent", [[name] for name in DEPRECATIONS] + [list(DEPRECATIONS)], ids="+".join)
def test_each_deprecation_header_warns_once_in_the_lifetime_of_each_client(sent):
    headers = {name: DEPRECATIONS[name] for name in sent}
    with answering({"/api/sessions": {"data": []}}, headers) as (base_url, requests):
        first, second = list_sessions_twice(base_url), list_sessions_twice(base_url)
    assert len(requests) == 4
    for caught in (first, second):
        assert [warning.category for warning in caught] == [TitanDeprecationWarning] * len(sent)
        assert {warning.filename for warning in caught} == {__file__}
    text = "\n".join(str(warning.message) for warning in first)
    assert ("31 Oct 2026" in text) is ("Sunset" in sent)
    assert ("0.0.1 is outdated" in text) is ("Titan-SDK-Deprecation" in sent)


def test_deprecation_headers_are_read_on_every_response_errors_included():
    with connected({"/api/sessions": {"error": "no"}}, DEPRECATIONS, 400) as (client, _):
        sessions = client.sessions
        with pytest.warns(TitanDeprecationWarning) as caught, pytest.raises(BadRequestError):
            sessions.list()
    assert len(caught) == 3


def test_responses_without_deprecation_headers_warn_of_nothing():
    with answering({"/api/sessions": {"data": []}}) as (base_url, _):
        assert list_sessions_twice(base_url) == []
