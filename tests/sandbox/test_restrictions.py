"""What WhatsApp does to accounts that write too much: it restricts them, and then bans them."""

from __future__ import annotations

import pytest

from tests.support.messages import create_group, send
from tests.support.sandbox import BASE, CARLA, FRIEND, TEXT, data_of, error_of, jid_of, payloads_of, subscribe
from tests.support.sessions import get_session, status_event, status_of, watching
from titan import ConflictError, PairingError, PermissionDeniedError, jid
from titan.sandbox import SandboxError

pytestmark = pytest.mark.usefixtures("connected")

LID = "123456789012345@lid"
REFUSED = (
    "WhatsApp refused the message with error 463 (reach-out time-lock): the account is restricted, "
    "and cannot write to people whom it has no chat with"
)
NOBODY = [f"+551190000{number}0000" for number in range(1, 6)]


def test_restricted_account_cannot_write_to_strangers(sandbox, titan, api, receiver):
    sandbox.restrict("my-session", 3600)
    assert titan.sessions.get("my-session").status == "CONNECTED"
    for stranger in (FRIEND, LID, "551133334444@s.whatsapp.net"):
        with pytest.raises(PermissionDeniedError, match="error 463") as refused:
            titan.messages.send_text("my-session", stranger, "Hi")
        assert not refused.value.maybe_processed
    assert error_of(api.post("/api/messages/send", json=TEXT), 403) == REFUSED
    with pytest.raises(SandboxError, match="error 463"):
        sandbox.send_from_phone("my-session", FRIEND, "Hi")
    assert sandbox.messages == []
    assert titan.chats.list("my-session") == []
    assert payloads_of(sandbox, receiver, "message.sent", "session.status") == []


def test_restricted_account_goes_on_in_its_chats(sandbox, titan, connected, api):
    send(api, chatId=FRIEND)
    group = create_group(api, CARLA)
    channel = titan.channels.create("my-session", {"name": "News"}).id
    sandbox.restrict("my-session", 3600)
    sandbox.receive("my-session", "Hi", sender=LID)
    chats = (FRIEND, LID, group, channel, jid.STATUS, jid_of(connected))
    for chat_id in chats:
        assert titan.messages.send_text("my-session", chat_id, "Hi").chat_id == chat_id
    # Members of a group are no people whom it has a chat with.
    with pytest.raises(PermissionDeniedError):
        titan.messages.send_text("my-session", CARLA, "Hi")


def test_chat_is_found_by_the_lid_of_the_person_under_a_restriction(sandbox, titan):
    known = sandbox.receive("my-session", "Hi", sender=FRIEND)["chatId"]
    sandbox.restrict("my-session", 3600)
    lid = titan.contacts.get("my-session", known).lid
    assert titan.messages.send_text("my-session", lid, "Hi").chat_id == FRIEND


@pytest.mark.parametrize("end", ["clock", "control call", "reset"])
def test_restriction_ends(sandbox, titan, api, end):
    data_of(api.post("/sandbox/sessions/my-session/restrict", json={"seconds": 600}))
    sandbox.advance(590)
    assert error_of(api.post("/api/messages/send", json=TEXT), 403) == REFUSED
    if end == "clock":
        sandbox.advance(10)
    elif end == "control call":
        sandbox.restrict("my-session", 0)
    else:
        sandbox.reset()
        sandbox.connect("my-session")
    assert send(api)["status"] == "sent"


def test_restriction_is_one_of_the_account(sandbox, titan, connected):
    sandbox.connect("other")
    sandbox.restrict("my-session")
    titan.messages.send_text("other", FRIEND, "Hi")
    sandbox.logout("my-session")
    titan.sessions.start("my-session")
    sandbox.scan("my-session", phone_number=connected["phoneNumber"])
    with pytest.raises(PermissionDeniedError):
        titan.messages.send_text("my-session", FRIEND, "Hi")


def test_refusal_of_a_command_in_async_mode_comes_as_its_result(sandbox, titan, api, receiver):
    sandbox.restrict("my-session")
    titan.submit(titan.messages.send, "my-session", {"chatId": FRIEND, "type": "text", "text": "Hi"})
    sandbox.advance(1)
    sandbox.wait_for_deliveries()
    (result,) = (one["data"] for one in receiver.events if one["event"] == "command.result")
    assert (result["success"], result["result"]) == (False, {"error": REFUSED})


def test_writing_to_many_who_are_not_there_restricts_where_that_is_set(sandbox, titan, api):
    sandbox.configure(restrict_after=3)
    for number in NOBODY[:2]:
        titan.messages.send_text("my-session", jid.user(number), "Hi")
        titan.messages.send_text("my-session", jid.user(number), "Anybody?")
    titan.messages.send_text("my-session", FRIEND, "Hi")
    titan.messages.send_text("my-session", jid.user(NOBODY[2]), "Hi")
    with pytest.raises(PermissionDeniedError, match="463"):
        titan.messages.send_text("my-session", CARLA, "Hi")
    titan.messages.send_text("my-session", FRIEND, "Hi")
    sandbox.advance(24 * 3600)
    titan.messages.send_text("my-session", CARLA, "Hi")


def test_writing_to_many_who_are_not_there_changes_nothing_by_default(titan):
    for number in NOBODY:
        titan.messages.send_text("my-session", jid.user(number), "Hi")
    titan.messages.send_text("my-session", FRIEND, "Hi")


def test_ban_ends_the_connection_and_lets_none_come(sandbox, api, titan):
    with watching(sandbox, api) as new_events:
        banned = sandbox.ban("my-session", 3600)
        assert status_of(banned) == ("DISCONNECTED", "TEMPORARY_BAN")
        assert new_events() == [status_event("DISCONNECTED", "TEMPORARY_BAN")]
        with pytest.raises(ConflictError, match="session is not connected"):
            titan.messages.send_text("my-session", FRIEND, "Hi")

        started = titan.sessions.start("my-session")
        assert (started.status, started.status_reason) == ("DISCONNECTED", "TEMPORARY_BAN")
        assert new_events() == [status_event("DISCONNECTED", "TEMPORARY_BAN")]

        sandbox.advance(3600)
        # Titan does not try by itself.
        assert status_of(get_session(api, "my-session")) == ("DISCONNECTED", "TEMPORARY_BAN")
        assert titan.sessions.start("my-session").status == "CONNECTED"
        assert [name for name, _ in new_events()] == ["session.status", "session.connected"]
    titan.messages.send_text("my-session", FRIEND, "Hi")


def test_ban_over_http(api):
    banned = data_of(api.post("/sandbox/sessions/my-session/ban", json={"seconds": 60}))
    assert status_of(banned) == ("DISCONNECTED", "TEMPORARY_BAN")
    assert banned == data_of(api.get(BASE))


def test_pairing_tells_of_a_ban(sandbox, titan, connected):
    sandbox.logout("my-session")
    titan.sessions.start("my-session")
    sandbox.scan("my-session", phone_number=connected["phoneNumber"])
    sandbox.ban("my-session")
    with pytest.raises(PairingError) as refused:
        titan.pairing.wait("my-session", on_qr=print, timeout=5)
    assert refused.value.reason == "TEMPORARY_BAN"


def test_ban_is_one_of_the_account(sandbox, titan, connected):
    sandbox.connect("other")
    sandbox.ban("my-session")
    assert titan.sessions.get("other").status == "CONNECTED"
    sandbox.logout("my-session")
    titan.sessions.start("my-session")
    scanned = sandbox.scan("my-session", phone_number=connected["phoneNumber"])
    assert status_of(scanned) == ("DISCONNECTED", "TEMPORARY_BAN")


def test_ban_ends_every_session_of_the_account(sandbox, titan, connected):
    titan.sessions.create({"name": "twin", "start": True})
    sandbox.scan("twin", phone_number=connected["phoneNumber"])
    sandbox.ban("twin")
    assert [one.status_reason for one in titan.sessions.list()] == ["TEMPORARY_BAN"] * 2


def test_ban_ends_a_reconnection(sandbox, api):
    sandbox.disconnect("my-session", "AUTO_RECONNECT")
    sandbox.ban("my-session", 3600)
    sandbox.advance(7200)
    assert status_of(get_session(api, "my-session")) == ("DISCONNECTED", "TEMPORARY_BAN")


def test_connect_ends_a_ban(sandbox, titan):
    sandbox.ban("my-session")
    assert status_of(sandbox.connect("my-session")) == ("CONNECTED", None)
    titan.sessions.stop("my-session")
    assert titan.sessions.start("my-session").status == "CONNECTED"


def test_what_comes_during_a_ban_comes_when_it_is_over(sandbox, titan, api, receiver):
    sandbox.ban("my-session", 600)
    subscribe(api, receiver, "message.received")
    sandbox.receive("my-session", "Hello?", sender=FRIEND)
    titan.sessions.start("my-session")
    assert titan.chats.list("my-session") == []
    sandbox.advance(600)
    titan.sessions.start("my-session")
    assert [one.id for one in titan.chats.list("my-session")] == [FRIEND]
