"""Fixtures of several modules here: clients, sessions, and one of each thing that they can have."""

from __future__ import annotations

import sys

import httpx
import pytest

import titan.sandbox as titan_sandbox
from tests.support.client_tokens import TokenTester
from tests.support.page import ANA
from tests.support.sandbox import BASE, FRIEND, JPEG, PNG, TEXT, data_of, jid_of, receiving, subscribe
from tests.support.sessions import watching
from titan import TitanClient


@pytest.fixture
def titan(sandbox):
    """A client with strict responses: what the sandbox shows fits the generated types."""
    with TitanClient(sandbox.base_url, sandbox.api_key, strict_responses=True) as client:
        yield client


@pytest.fixture
def me(sandbox, titan):
    """The connected session `my-session`."""
    sandbox.connect("my-session")
    return titan.sessions.get("my-session")


@pytest.fixture
def connected(sandbox):
    """The connected session `my-session`, whose messages stay `sent`: no assertion depends on speed."""
    sandbox.configure(delivered_after=None, read_after=None)
    return sandbox.connect("my-session")


@pytest.fixture
def other(sandbox, titan):
    """A second session of the same sandbox."""
    sandbox.connect("other")
    return titan.sessions.get("other")


@pytest.fixture
def receiver(api):
    """A receiver of all events."""
    with receiving() as receiver:
        subscribe(api, receiver)
        yield receiver


@pytest.fixture
def new_events(sandbox, api):
    """The events about sessions since the last look."""
    with watching(sandbox, api) as new_events:
        yield new_events


@pytest.fixture
def file(sandbox):
    """Id of a picture that came in."""
    return sandbox.receive("my-session", "Look", media=JPEG)["media"]["id"]


@pytest.fixture
def group(titan, other):
    """A group of both sessions and a third person."""
    return titan.groups.create("my-session", {"name": "Us", "participants": [jid_of(other), FRIEND]})


@pytest.fixture
def channel(titan):
    return titan.channels.create("my-session", {"name": "News"})


@pytest.fixture
def chat(sandbox):
    """JID of a chat that exists."""
    return sandbox.receive("my-session", "Hi", sender=FRIEND, push_name="Ana")["chatId"]


@pytest.fixture
def label(sandbox, api):
    """Id of a label, in a session that is connected and has a chat."""
    sandbox.connect("my-session")
    sandbox.receive("my-session", "Hi", sender=FRIEND)
    return data_of(api.post(f"{BASE}/labels", json={"name": "new"}), 201)["id"]


@pytest.fixture
def ids(sandbox, api):
    """One thing of each kind, by the names that the spec has for their ids."""
    sandbox.connect("my-session")
    received = sandbox.receive("my-session", "Look", sender=FRIEND, media=PNG)
    message = data_of(api.post("/api/messages/send", json=TEXT))
    people = [FRIEND, "5511988888888@s.whatsapp.net"]
    group = {"session": "my-session", "name": "Team", "participants": people}
    group_id = data_of(api.post(f"{BASE}/groups", json=group), 201)["id"]
    channel = data_of(api.post(f"{BASE}/channels", json={"name": "News"}), 201)
    label = data_of(api.post(f"{BASE}/labels", json={"name": "New"}), 201)
    webhook = {"url": "http://127.0.0.1:9/", "events": ["command.result"]}
    key = {"label": "l", "lifetimeDays": 1, "scopes": ["*"]}
    rules = {"recipientMode": "conversation"}
    data_of(api.put(f"{BASE}/client-rules", json=rules))
    return {
        "session": "my-session",
        "contactId": FRIEND,
        "chatId": FRIEND,
        "lid": data_of(api.get(f"{BASE}/contacts/{FRIEND}"))["lid"],
        "mediaId": received["media"]["id"],
        "messageId": message["id"],
        "groupId": group_id,
        "code": data_of(api.get(f"{BASE}/groups/{group_id}/invite"))["code"],
        "channelId": channel["id"],
        "labelId": label["id"],
        "webhookId": str(data_of(api.post("/api/webhooks", json=webhook), 201)["id"]),
        "keyId": data_of(api.post("/api/account/keys", json=key), 201)["id"],
    }


@pytest.fixture
def shop(sandbox):
    """The sandbox with a connected session `shop`, to which Ana has written."""
    sandbox.connect("shop")
    sandbox.receive("shop", "Is my order on its way?", sender=ANA, push_name="Ana Souza")
    return sandbox


@pytest.fixture
def not_yet_loaded(monkeypatch):
    """The package as it is before the first look at one of its names."""
    for name in titan_sandbox.__all__:
        monkeypatch.delitem(vars(titan_sandbox), name, raising=False)
    for name in [name for name in sys.modules if name.startswith("titan.sandbox.server")]:
        monkeypatch.delitem(sys.modules, name)


@pytest.fixture(scope="module")
def web(running_sandbox):
    """Plain httpx, without a key."""
    with httpx.Client(base_url=running_sandbox.base_url, trust_env=False, timeout=60) as web:
        yield web


@pytest.fixture
def tester(sandbox, web):
    return TokenTester(sandbox, web)
