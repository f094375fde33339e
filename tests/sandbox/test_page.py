"""The page of the sandbox, in a real browser: everything that it shows and does.

After each test: no complaint of the browser, and no request to elsewhere.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from typing import Any, List

import pytest

from tests.support.page import (
    ANA,
    ANA_JID,
    BRUNO,
    BRUNO_JID,
    MARKUP,
    bubble,
    composer,
    create_group,
    eventually,
    messages_of,
    play,
    send,
    write_as_new_contact,
)
from tests.support.sandbox import data_of, receiving, subscribe

expect = pytest.importorskip(
    "playwright.sync_api", reason="the browser is driven on the newest Python only"
).expect

# What the browser shows does not depend on Python.
pytestmark = pytest.mark.heavy

STRANGER = "123456789012345@lid"


def test_qr_code_of_a_started_session_appears_and_the_scan_button_connects_it(visit, api):
    page = visit()
    expect(page.get_by_role("heading", name="No session yet")).to_be_visible()
    program = page.get_by_role("group", name="Program").first.text_content()
    exec(program, {})
    assert [one["name"] for one in data_of(api.get("/api/sessions"))] == ["my-session"]
    expect(page.get_by_alt_text("QR code of my-session")).to_be_visible()

    code = page.get_by_alt_text("QR code of my-session")
    assert eventually(lambda: code.evaluate("image => image.naturalWidth"), page) > 100

    page.get_by_role("button", name="Scan").click()
    expect(page.get_by_role("heading", name="No chats yet")).to_be_visible()
    assert data_of(api.get("/api/sessions/my-session"))["status"] == "CONNECTED"


def test_next_qr_code_takes_the_place_of_the_last(visit, api, sandbox):
    data_of(api.post("/api/sessions", json={"name": "shop", "start": True}), 201)
    page = visit()
    code = page.get_by_alt_text("QR code of shop")
    first = code.get_attribute("src")
    sandbox.advance(20)
    expect(code).not_to_have_attribute("src", first)


def test_session_is_connected_disconnected_and_logged_out_by_buttons(visit, sandbox):
    page = visit()
    page.get_by_role("button", name="Connect a session").click()
    page.get_by_label("Session name").fill("shop")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{sandbox.base_url}/#/shop")
    play(page, "Disconnect")
    expect(page.get_by_text("It lost its connection to WhatsApp.")).to_be_visible()
    page.get_by_role("button", name="Connect", exact=True).click()
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("dialog", name="Log out shop?").get_by_role("button", name="Log out").click()
    expect(page.get_by_text("It was logged out")).to_be_visible()


def test_log_out_is_confirmed_first(visit, shop):
    page = visit(f"#/shop/{ANA_JID}")
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(bubble(page, "Is my order on its way?")).to_be_visible()
    assert messages_of(shop)


def test_reset_is_confirmed_first(visit, shop):
    page = visit(f"#/shop/{ANA_JID}")
    page.get_by_role("button", name="Reset the sandbox").click()
    page.get_by_role("button", name="Cancel").click()
    expect(bubble(page, "Is my order on its way?")).to_be_visible()
    page.get_by_role("button", name="Reset the sandbox").click()
    page.get_by_role("button", name="Reset", exact=True).click()
    expect(page.get_by_role("heading", name="No session yet")).to_be_visible()


def test_message_sent_by_the_program_appears_without_reload_and_its_ticks_advance(visit, api, shop):
    shop.configure(delivered_after=None, read_after=None)
    page = visit(f"#/shop/{ANA_JID}")
    page.evaluate("window.isTheSame = true")
    message = send(api, text="It left today.")
    expect(bubble(page, "It left today.").get_by_role("img", name="Sent")).to_be_visible()
    colours = []
    for status in ("delivered", "read"):
        shop.acknowledge("shop", message["id"], status)
        ticks = bubble(page, "It left today.").get_by_role("img", name=status.capitalize())
        expect(ticks).to_be_visible()
        colours.append(ticks.evaluate("element => getComputedStyle(element).color"))
    assert colours[0] != colours[1]
    assert page.evaluate("window.isTheSame")


def test_message_that_is_not_sent_yet_has_a_clock(visit, api, shop):
    # Neither may come first, however long the page takes.
    shop.configure(sent_after=3600, delivered_after=3600, read_after=3600)
    page = visit(f"#/shop/{ANA_JID}")
    send(api, text="Not there yet")
    expect(bubble(page, "Not there yet").get_by_role("img", name="Pending")).to_be_visible()
    shop.advance(3600)
    expect(bubble(page, "Not there yet").get_by_role("img", name="Read")).to_be_visible()


def test_page_goes_on_when_a_group_is_deleted(visit, api, shop):
    group = create_group(api, "Team", BRUNO_JID)
    shop.receive("shop", "Hello, all!", sender=BRUNO, group=group)
    send(api, group, text="Hello!")
    page = visit(f"#/shop/{group}")
    expect(bubble(page, "Hello!")).to_be_visible()
    data_of(api.delete(f"/api/sessions/shop/groups/{group}"))
    shop.receive("shop", "Still there?", sender=ANA)
    expect(page.get_by_role("navigation", name="Chats")).to_contain_text("Still there?")
    expect(bubble(page, "Hello!")).to_be_visible()


def test_answer_as_the_contact_reaches_the_program(visit, api, shop):
    with receiving() as receiver:
        subscribe(api, receiver, "message.received")
        page = visit(f"#/shop/{ANA_JID}")
        composer(page).fill("When will it\nbe here?")
        composer(page).press("Enter")
        expect(bubble(page, "When will it be here?")).to_have_class(re.compile("theirs"))
        payload = eventually(lambda: receiver.events, page)[0]["payload"]
    assert payload["text"] == "When will it\nbe here?"
    assert payload["from"]["phoneNumber"] == ANA
    assert payload["pushName"] == "Ana Souza"
    expect(composer(page)).to_have_value("")


def test_contact_is_shown_typing_while_an_answer_is_typed(visit, shop):
    page = visit(f"#/shop/{ANA_JID}")
    composer(page).press_sequentially("Wh")
    expect(page.locator("#chat-subtitle")).to_contain_text("typing…")
    composer(page).press("Enter")
    expect(page.locator("#chat-subtitle")).to_contain_text("online")


def test_answer_in_a_group_comes_from_the_chosen_member(visit, api, shop):
    shop.receive("shop", "Hi", sender=BRUNO, push_name="Bruno Lima")
    group = create_group(api, "Friday football", ANA_JID, BRUNO_JID)
    page = visit(f"#/shop/{group}")
    for name in ("Ana Souza", "Bruno Lima"):
        page.get_by_role("combobox", name="Answer as").select_option(name)
        page.get_by_placeholder(f"Answer as {name}").fill(f"{name} plays")
        page.keyboard.press("Enter")
        expect(bubble(page, f"{name} plays").get_by_text(name, exact=True)).to_be_visible()
    assert [one["sender"] for one in messages_of(shop, group)] == [ANA_JID, BRUNO_JID]


def test_contact_reacts_and_takes_the_reaction_back(visit, api, shop):
    page = visit(f"#/shop/{ANA_JID}")
    send(api, text="It left today.")
    for reactions in ([{"sender": ANA_JID, "reaction": "🙏"}], []):
        bubble(page, "It left today.").hover()
        bubble(page, "It left today.").get_by_role("button", name="React").click()
        page.get_by_role("button", name="🙏").click()
        expect(bubble(page, "It left today.").locator(".reactions li")).to_have_count(len(reactions))
        assert messages_of(shop)[-1]["reactions"] == reactions


def test_contact_votes_in_a_poll(visit, api, shop):
    page = visit(f"#/shop/{ANA_JID}")
    send(api, type="poll", question="How was it?", options=["Great", "Fine"])
    page.get_by_role("button", name="Fine").click()
    expect(page.get_by_role("button", name="Fine 1 vote", pressed=True)).to_be_visible()
    assert votes_of(shop) == [0, 1]
    page.get_by_role("button", name="Great").click()
    expect(page.get_by_role("button", name="Great 1 vote", pressed=True)).to_be_visible()
    assert votes_of(shop) == [1, 0]
    page.get_by_role("button", name="Great").click()
    expect(page.get_by_role("button", name="Great 0 votes", pressed=False)).to_be_visible()
    assert votes_of(shop) == [0, 0]


def votes_of(sandbox: Any) -> List[int]:
    return [one["votes"] for one in messages_of(sandbox)[-1]["poll"]["options"]]


def test_contact_chooses_several_answers_where_the_poll_allows_it(visit, api, shop):
    page = visit(f"#/shop/{ANA_JID}")
    send(api, type="poll", question="When?", options=["Mon", "Tue", "Wed"], multipleAnswers=True)
    expect(page.get_by_text("Choose one or more")).to_be_visible()
    for day in ("Wed", "Mon"):
        page.get_by_role("button", name=day).click()
        expect(page.get_by_role("button", name=day, pressed=True)).to_be_visible()
    assert votes_of(shop) == [1, 0, 1]
    page.get_by_role("button", name="Wed").click()
    expect(page.get_by_role("button", name="Wed", pressed=False)).to_be_visible()
    assert votes_of(shop) == [1, 0, 0]


def test_members_of_a_group_have_votes_of_their_own(visit, api, shop):
    shop.receive("shop", "Hi", sender=BRUNO, push_name="Bruno Lima")
    group = create_group(api, "Friday football", ANA_JID, BRUNO_JID)
    send(api, group, type="poll", question="When?", options=["Mon", "Tue"], multipleAnswers=True)
    page = visit(f"#/shop/{group}")
    page.get_by_role("combobox", name="Answer as").select_option("Ana Souza")
    page.get_by_role("button", name="Mon").click()
    expect(page.get_by_role("button", name="Mon 1 vote", pressed=True)).to_be_visible()
    page.get_by_role("combobox", name="Answer as").select_option("Bruno Lima")
    expect(page.get_by_role("button", name="Mon 1 vote", pressed=False)).to_be_visible()
    page.get_by_role("button", name="Mon").click()
    expect(page.get_by_role("button", name="Mon 2 votes", pressed=True)).to_be_visible()


def test_contact_sends_files_chosen_or_pasted(visit, shop):
    page = visit(f"#/shop/{ANA_JID}")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Attach a file").click()
    chooser.value.set_files({"name": "list.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"})
    composer(page).fill("My list")
    composer(page).press("Enter")
    expect(bubble(page, "list.pdf").get_by_text("My list")).to_be_visible()

    composer(page).evaluate(
        """text => {
            const clipboardData = new DataTransfer();
            const canvas = new OffscreenCanvas(4, 4);
            canvas.getContext("2d");
            return canvas.convertToBlob().then((picture) => {
                clipboardData.items.add(new File([picture], "x.png", { type: "image/png" }));
                text.dispatchEvent(new ClipboardEvent("paste", { clipboardData }));
            });
        }"""
    )
    expect(page.locator("#attachment")).to_contain_text("x.png")
    composer(page).press("Enter")
    picture = page.locator(".bubble img")
    assert eventually(lambda: picture.evaluate("image => image.naturalWidth"), page) == 4
    assert [one["type"] for one in messages_of(shop)] == ["text", "file", "image"]


def test_new_contact_starts_a_chat(visit, sandbox):
    sandbox.connect("shop")
    page = visit("#/shop")
    write_as_new_contact(page, "+55 11 97777-6666")
    expect(bubble(page, "Are you open?")).to_be_visible()
    expect(page.get_by_role("heading", name="Bruno Lima")).to_be_visible()
    assert page.url.endswith(f"#/shop/{BRUNO_JID}")
    expect(page.get_by_placeholder("Answer as Bruno Lima")).to_be_focused()


def test_refusal_is_shown_and_what_was_filled_in_stays(visit, sandbox, watch):
    sandbox.connect("shop")
    page = visit("#/shop")
    write_as_new_contact(page, "12")
    expect(page.get_by_role("alert")).to_contain_text("sender must be a phone number")
    expect(page.get_by_label("Message", exact=True)).to_have_value("Are you open?")
    # Chromium reports each such response.
    assert all("status of 400" in complaint for complaint in watch.complaints)
    watch.complaints.clear()


def test_every_kind_of_message_is_shown(visit, api, shop):
    page = visit(f"#/shop/{ANA_JID}")
    send(api, type="location", latitude=-23.5, longitude=-46.6, name="MASP", address="Av. Paulista, 1578")
    send(api, type="contact", contacts=[{"name": "Support", "phoneNumber": "+5511911112222"}])
    send(api, type="image", url="https://example.com/cat.jpg", caption="A cat")
    question = messages_of(shop)[0]
    edited = send(api, text="Yse", quotedMessage={"id": question["id"], "chatId": ANA_JID})
    deleted = send(api, text="A secret")
    body = {"chatId": ANA_JID, "messageId": edited["id"], "text": "Yes"}
    data_of(api.post("/api/sessions/shop/messages/edit", json={"session": "shop", **body}))
    body = {"chatId": ANA_JID, "messageId": deleted["id"], "forEveryone": True}
    api.post("/api/sessions/shop/messages/delete", json={"session": "shop", **body})

    expect(bubble(page, "MASP")).to_contain_text("Av. Paulista, 1578")
    expect(bubble(page, "Support")).to_contain_text("+5511911112222")
    expect(bubble(page, "A cat")).to_be_visible()
    expect(bubble(page, "Yes").locator("blockquote")).to_have_text("Is my order on its way?")
    expect(bubble(page, "Yes")).to_contain_text("edited")
    expect(bubble(page, "This message was deleted")).to_be_visible()
    expect(page.locator(".pane").get_by_text("A secret")).to_have_count(0)


def test_times_are_those_of_the_reader(visit, shop):
    page = visit(f"#/shop/{ANA_JID}", timezone_id="Asia/Kolkata")
    at = datetime.strptime(messages_of(shop)[0]["at"][:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    there = at.astimezone(timezone(timedelta(hours=5, minutes=30)))
    expect(bubble(page, "Is my order on its way?").locator("time")).to_have_text(f"{there:%I:%M %p}")


def test_what_people_write_stays_text(visit, api, sandbox):
    page = visit("#/shop")
    sandbox.connect("shop")
    data_of(api.put("/api/sessions/shop/profile/name", json={"session": "shop", "name": MARKUP}))
    sandbox.receive("shop", MARKUP, sender=ANA, push_name=MARKUP)
    sandbox.receive("shop", sender=ANA, media=b"-", filename=MARKUP, mime_type="text/html")
    group = create_group(api, MARKUP, ANA_JID)
    send(api, group, type="poll", question=MARKUP, options=[MARKUP, "b"])
    send(api, group, type="location", latitude=1, longitude=1, name=MARKUP, address=MARKUP)
    send(api, group, type="contact", contacts=[{"name": MARKUP, "phoneNumber": "+5511911112222"}])
    sandbox.receive("shop", MARKUP, sender=ANA, group=group)
    with receiving() as receiver:
        subscribe(api, receiver, "message.received", label=MARKUP)
        sandbox.receive("shop", MARKUP, sender=ANA)
        expect(page.locator(".delivery")).to_have_count(1)
    page.locator(".delivery summary").click()

    expect(page.locator("#chats-title")).to_have_text(MARKUP)
    expect(page.locator("#webhooks .name")).to_have_text(MARKUP)
    for chat_id in (ANA_JID, group):
        page.goto(f"{page.url.partition('#')[0]}#/shop/{chat_id}")
        expect(page.locator("#chat-title")).to_have_text(MARKUP)
        expect(page.locator(".message .text", has_text=MARKUP).last).to_be_visible()
    assert page.locator("img[src=x], script:not([src])").count() == 0
    assert page.evaluate("window.ran") is None


def test_delivery_appears_with_signature_attempts_and_body(visit, api, shop):
    page = visit(f"#/shop/{ANA_JID}")
    expect(page.get_by_text("Nothing delivered yet")).to_be_visible()
    with receiving(500) as receiver:
        retries = {"attempts": 2, "delaySeconds": 1, "policy": "constant"}
        subscribe(api, receiver, "message.received", retries=retries)
        shop.receive("shop", "Hello?", sender=ANA)
        delivery = page.locator(".delivery")
        expect(delivery).to_contain_text("pending: 500")
        delivery.locator("summary").click()
        shop.advance(2)
        expect(delivery).to_contain_text("delivered: 200")
    assert delivery.get_attribute("open") is not None
    expect(delivery.locator("summary")).to_contain_text("2 attempts")
    expect(delivery.locator("summary")).to_contain_text(receiver.url)
    signature, body = delivery.locator("pre").all_text_contents()
    assert signature == receiver.headers[0]["x-webhook-signature"]
    assert json.loads(body) == json.loads(receiver.bodies[0])


def test_stranger_has_a_name_and_no_number_and_is_answered_for(visit, shop):
    page = visit("#/shop")
    page.get_by_role("button", name="Write as a new contact").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Phone number or LID").fill(STRANGER)
    dialog.get_by_label("Name").fill("Stranger")
    dialog.get_by_label("Message").fill("Do you know me?")
    dialog.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Stranger")).to_be_visible()
    expect(page.locator("#chat-subtitle")).to_have_text("Phone number unknown · online")
    composer(page).fill("Hello?")
    composer(page).press("Enter")
    expect(bubble(page, "Hello?")).to_have_class(re.compile("theirs"))
    shop.receive("shop", "Hi", sender="77@lid")
    expect(page.get_by_role("navigation", name="Chats")).to_contain_text("77@lid")


def test_open_chat_of_a_stranger_stays_open_when_the_number_becomes_known(visit, shop):
    shop.receive("shop", "Do you know me?", sender=STRANGER, push_name="Bruno Lima")
    page = visit(f"#/shop/{STRANGER}")
    expect(bubble(page, "Do you know me?")).to_be_visible()
    shop.receive("shop", "It is me", sender=STRANGER, phone_number=BRUNO)
    expect(bubble(page, "It is me")).to_be_visible()
    expect(bubble(page, "Do you know me?")).to_be_visible()
    expect(page.locator("#chat-subtitle")).to_have_text(f"{BRUNO} · online")
    assert page.url.endswith(f"#/shop/{BRUNO_JID}")


def test_nobody_can_answer_where_nobody_is(visit, api, shop):
    send(api, "5511900000000@s.whatsapp.net", text="Anybody there?")
    page = visit("#/shop/5511900000000@s.whatsapp.net")
    expect(page.get_by_role("heading", name="+5511900000000")).to_be_visible()
    expect(bubble(page, "Anybody there?").get_by_role("img", name="Sent")).to_be_visible()
    expect(page.get_by_text("Nobody can answer here.")).to_be_visible()
    expect(composer(page)).to_be_hidden()


def test_message_typed_on_the_phone_is_shown_as_the_accounts_own(visit, shop):
    page = visit(f"#/shop/{ANA_JID}")
    shop.send_from_phone("shop", ANA_JID, "On my way")
    expect(bubble(page, "On my way")).to_have_class(re.compile("mine"))


def test_redirect_of_a_receiver_is_shown_as_what_it_is(visit, api, shop):
    page = visit("#/shop?deliveries")
    with receiving(307) as receiver:
        subscribe(api, receiver, "message.sent", retries={"attempts": 1, "delaySeconds": 0})
        send(api, text="Hi")
        delivery = page.locator(".delivery")
        expect(delivery).to_contain_text("failed: 307, redirects are not followed")
        delivery.locator("summary").click()
        expect(delivery.locator("ol li")).to_contain_text("307, redirects are not followed")


def test_misspelled_name_of_an_event_is_shown(visit, api, shop):
    page = visit("#/shop?deliveries")
    data_of(
        api.post("/api/webhooks", json={"url": "http://127.0.0.1:9/", "events": ["message.recieved"]}), 201
    )
    expect(page.locator("#deliveries")).to_contain_text("did you mean message.received?")
