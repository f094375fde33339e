"""Presence: who sees it, and which events it makes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.sandbox import (
    BASE,
    CARLA,
    FRIEND,
    error_of,
    payloads_of,
)

pytestmark = pytest.mark.usefixtures("me")


def test_subscribers_get_events_about_presence(sandbox, titan, other, receiver):
    for session in ("my-session", "other"):
        sandbox.add_contact(session, FRIEND, "Ana")
    titan.presence.subscribe("my-session", FRIEND)
    for presence in ("available", "available", "composing", "recording", "unavailable"):
        for session in ("my-session", "other"):
            sandbox.set_presence(session, FRIEND, presence)
    events = payloads_of(sandbox, receiver, "presence.update")
    last_seen = events[-1].pop("lastSeen")
    lid = titan.contacts.get("my-session", FRIEND).lid
    who = {"from": {"phoneNumber": "+5511999999999", "lid": lid, "mode": "pn"}}
    assert events == [
        {**who, "presence": "available"},
        {**who, "presence": "composing", "state": "composing"},
        {**who, "presence": "recording", "state": "recording"},
        {**who, "presence": "unavailable"},
    ]
    assert last_seen.endswith("Z")
    assert payloads_of(sandbox, receiver, "presence.update", session="other") == []
    # A request shows it without a subscription.
    assert titan.presence.get("other", FRIEND).presence == "unavailable"


def test_presence_is_listed_for_contacts_with_a_subscription(sandbox, titan):
    for person in (FRIEND, CARLA):
        sandbox.add_contact("my-session", person, "Somebody")
        sandbox.set_presence("my-session", person, "available")
    titan.presence.subscribe("my-session", titan.contacts.get("my-session", FRIEND).lid)
    (shown,) = titan.presence.list("my-session")
    assert (shown.chat_id, shown.presence, shown.last_seen) == (FRIEND, "available", None)


def test_last_seen_is_the_time_of_going_offline(sandbox, titan):
    titan.presence.subscribe("my-session", FRIEND)
    sandbox.set_presence("my-session", FRIEND, "available")
    sandbox.advance(3600)
    sandbox.set_presence("my-session", FRIEND, "unavailable")
    before = titan.presence.get("my-session", FRIEND)
    sandbox.advance(3600)
    assert titan.presence.get("my-session", FRIEND) == before
    created = titan.sessions.get("my-session").created_at
    assert timedelta(hours=1) <= before.last_seen - created < timedelta(hours=1, minutes=1)
    lid = titan.contacts.get("my-session", FRIEND).lid
    assert titan.presence.get("my-session", lid) == before


def test_presence_of_a_blocked_contact_makes_no_event(sandbox, titan, receiver):
    titan.presence.subscribe("my-session", FRIEND)
    titan.contacts.block("my-session", FRIEND)
    sandbox.set_presence("my-session", FRIEND, "available")
    assert payloads_of(sandbox, receiver, "presence.update") == []


def test_only_a_person_has_a_presence(api, group, channel):
    for jid in (group.id, channel.id):
        refused = api.post(f"{BASE}/presence/{jid}/subscribe")
        assert error_of(refused, 404) == f"contact not found: {jid}"
    refused = api.post(f"{BASE}/presence/status@broadcast/subscribe")
    assert error_of(refused, 400) == "chatId must be the JID of a person"


def test_own_presence_is_set(api, titan):
    titan.presence.set("my-session", {"presence": "available"})
    refused = api.post(f"{BASE}/presence", json={"presence": "composing"})
    assert error_of(refused, 400) == "presence must be one of: available, unavailable"
