"""Contacts: who is one, blocking, numbers on WhatsApp, LIDs."""

from __future__ import annotations

import pytest

from tests.support.sandbox import (
    FRIEND,
    GROUP,
    IN_BASE64,
    JPEG,
    error_of,
    get_without_key,
    jid_of,
)
from titan import NotOnWhatsAppError
from titan.sandbox import SandboxError

NOBODY = "+5511900000000"

pytestmark = pytest.mark.usefixtures("me")


def test_contacts_are_the_people_the_account_has_had_to_do_with(sandbox, titan):
    assert titan.contacts.list("my-session") == []
    numbers = [f"551190000000{number}" for number in range(1, 8)]
    sent, received, in_group, added, watched, calling, writing_in_group = (
        f"{number}@s.whatsapp.net" for number in numbers
    )
    titan.messages.send("my-session", {"chatId": sent, "type": "text", "text": "Hi"})
    sandbox.receive("my-session", "Hi", sender=received, push_name="Ana")
    titan.groups.create("my-session", {"name": "G", "participants": [in_group]})
    sandbox.add_contact("my-session", added, "Bo")
    titan.presence.subscribe("my-session", watched)
    sandbox.call("my-session", sender=calling)
    sandbox.receive("my-session", "Hi", sender=writing_in_group, group=GROUP)
    known = {one.phone_number: one.push_name for one in titan.contacts.list("my-session")}
    # A caller does not become a contact.
    assert known == {
        f"+{numbers[0]}": f"+{numbers[0]}",
        f"+{numbers[1]}": "Ana",
        f"+{numbers[2]}": f"+{numbers[2]}",
        f"+{numbers[3]}": "Bo",
        f"+{numbers[4]}": f"+{numbers[4]}",
        f"+{numbers[6]}": f"+{numbers[6]}",
    }


def test_contact_is_found_by_jid_and_lid(sandbox, titan):
    added = sandbox.add_contact("my-session", "+55 11 99999-9999", "Ana")
    assert added["jid"] == FRIEND
    contact = titan.contacts.get("my-session", FRIEND)
    assert contact.model_dump(exclude_unset=True) == {
        "phone_number": "+5511999999999",
        "push_name": "Ana",
        "name": "Ana",
        "business_name": None,
        "lid": added["lid"],
    }
    assert titan.contacts.get("my-session", added["lid"]) == contact
    assert titan.contacts.list("my-session") == [contact]


def test_contact_of_one_account_is_a_stranger_to_another(sandbox, api, other):
    lid = sandbox.add_contact("my-session", FRIEND, "Ana")["lid"]
    for name in (FRIEND, lid):
        refused = api.get(f"/api/sessions/other/contacts/{name}")
        assert error_of(refused, 404) == f"contact not found: {name}"


def test_numbers_are_checked(titan):
    numbers = ["+5511999999999", "+55 (11) 98888-7777", "+5511999990000", "12", "nobody"]
    first, second, *nobodies = titan.contacts.check("my-session", {"phoneNumbers": numbers})
    assert (first.phone_number, first.exists, first.jid) == (numbers[0], True, FRIEND)
    assert (second.phone_number, second.jid) == (numbers[1], "5511988887777@s.whatsapp.net")
    assert [one.model_dump(exclude_unset=True) for one in nobodies] == [
        {"phone_number": number, "exists": False} for number in numbers[2:]
    ]
    # A check does not make somebody a contact.
    assert titan.contacts.list("my-session") == []


def test_blocked_contact_is_blocked_by_one_account_only(sandbox, titan, other):
    for session in ("my-session", "other"):
        sandbox.receive(session, "Hi", sender=FRIEND)
    titan.contacts.block("my-session", titan.contacts.get("my-session", FRIEND).lid)
    with pytest.raises(SandboxError, match="the account has blocked"):
        sandbox.receive("my-session", "Hi", sender=FRIEND)
    sandbox.receive("other", "Hi", sender=FRIEND)
    titan.contacts.unblock("my-session", FRIEND)
    sandbox.receive("my-session", "Hi", sender=FRIEND)


def test_picture_of_a_contact_is_that_of_its_session(sandbox, titan, other):
    for person in (FRIEND, jid_of(other)):
        sandbox.add_contact("my-session", person, "Somebody")
        assert titan.contacts.picture("my-session", person).url is None
    titan.profile.update_picture("other", {"base64": IN_BASE64})
    assert titan.contacts.picture("my-session", FRIEND).url is None
    shown = titan.contacts.picture("my-session", jid_of(other))
    assert shown.url == titan.profile.get("other").profile_url
    assert get_without_key(shown.url).content == JPEG


def test_lid_is_the_same_wherever_it_is_shown(sandbox, titan, me, other):
    group = titan.groups.create("my-session", {"name": "Us", "participants": [jid_of(other)]})
    (check,) = titan.contacts.check("my-session", {"phoneNumbers": [other.phone_number]})
    contact = titan.contacts.get("my-session", jid_of(other))
    assert {other.lid, group.participants[1].lid, check.lid, contact.lid} == {other.lid}
    assert me.lid == group.owner_lid == group.participants[0].lid != other.lid
    for session in (me, other):
        mapping = titan.lids.get("my-session", session.lid)
        assert (mapping.lid, mapping.phone_number) == (session.lid, session.phone_number)


def test_lid_does_not_tell_the_number(titan):
    (check,) = titan.contacts.check("my-session", {"phoneNumbers": ["+5511999999999"]})
    assert "99999999" not in check.lid
    assert titan.lids.get("my-session", check.lid).phone_number == "+5511999999999"


def test_number_is_resolved_to_the_chat_id_of_its_account(titan, other):
    assert titan.contacts.resolve("my-session", other.phone_number) == jid_of(other)
    assert titan.contacts.resolve("my-session", jid_of(other)) == jid_of(other)
    (check,) = titan.contacts.check("my-session", {"phoneNumbers": [NOBODY]})
    assert check.exists is False
    with pytest.raises(NotOnWhatsAppError) as caught:
        titan.contacts.resolve("my-session", NOBODY)
    assert caught.value.phone_number == NOBODY
