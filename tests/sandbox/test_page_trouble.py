"""What goes wrong, played from the page: restricted, banned and silent accounts, and events sent again."""

from __future__ import annotations

import json

import pytest

from tests.support.page import (
    ANA,
    ANA_JID,
    BRUNO_JID,
    bubble,
    composer,
    eventually,
    focused,
    play,
    send,
    write_as_new_contact,
)
from tests.support.sandbox import data_of, error_of, receiving, subscribe
from tests.support.sessions import get_session, status_of

expect = pytest.importorskip(
    "playwright.sync_api", reason="the browser is driven on the newest Python only"
).expect

# What the browser shows does not depend on Python.
pytestmark = pytest.mark.heavy


def session_row(page):
    return page.get_by_role("navigation", name="Sessions").get_by_role("link", name="shop")


def write_to_a_stranger(api):
    message = {"session": "shop", "chatId": BRUNO_JID, "type": "text", "text": "Hi"}
    return api.post("/api/messages/send", json=message)


@pytest.mark.parametrize("end", ["beside the chats", "in the dialog", "by itself"])
def test_restriction_is_played_shown_and_ended(visit, api, shop, end):
    page = visit("#/shop")
    play(page, "Restrict for a day")
    expect(page.get_by_role("dialog")).to_be_hidden()
    notice = page.get_by_role("list", name="Trouble of this session")
    expect(notice).to_contain_text(": a first message to somebody new is refused.")
    expect(session_row(page)).to_contain_text("Connected, Restricted · +55")
    assert "463" in error_of(write_to_a_stranger(api), 403)

    if end == "by itself":
        shop.advance(24 * 3600)
    elif end == "in the dialog":
        play(page, "End the restriction")
    else:
        notice.get_by_role("button", name="End the restriction").click()
    expect(notice.get_by_role("listitem")).to_have_count(0)
    expect(session_row(page)).not_to_contain_text("Restricted")
    assert write_to_a_stranger(api).status_code == 200


@pytest.mark.parametrize("end", ["button", "by itself"])
def test_ban_is_played_shown_and_ended(visit, api, shop, end):
    page = visit("#/shop")
    play(page, "Ban for a day")
    expect(page.get_by_role("heading", name="shop is banned")).to_be_visible()
    expect(page.locator("#placeholder")).to_contain_text("WhatsApp lets it in again after")
    expect(session_row(page)).to_contain_text("Banned temporarily")
    assert status_of(get_session(api, "shop")) == ("DISCONNECTED", "TEMPORARY_BAN")
    if end == "button":
        page.get_by_role("button", name="End the ban and connect").click()
    else:
        shop.advance(24 * 3600)
        page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_role("heading", name="Choose a chat")).to_be_visible()
    assert status_of(get_session(api, "shop")) == ("CONNECTED", None)


def test_focus_is_not_lost_where_a_ban_takes_the_button_away(visit, shop):
    page = visit("#/shop")
    page.get_by_role("button", name="Trouble").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Ban for a day").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="shop is banned")).to_be_visible()
    assert eventually(lambda: focused(page), page) in ("shop is banned", "Sandbox shop")


@pytest.mark.parametrize("end", ["beside the chats", "in the dialog", "restart"])
def test_silence_is_played_shown_and_ended(visit, api, shop, end):
    page = visit(f"#/shop/{ANA_JID}")
    play(page, "Make it silent")
    hint = page.get_by_text("The session is silent: what you write comes when that has ended.")
    expect(hint).to_be_visible()
    notice = page.get_by_role("list", name="Trouble of this session")
    expect(notice).to_contain_text("Silent: nothing comes in or goes out")
    expect(session_row(page)).to_contain_text("Connected, Silent · +55")

    composer(page).fill("Hello?")
    page.keyboard.press("Enter")
    sent = send(api, text="Yes?")
    expect(bubble(page, "Yes?")).to_contain_text("Yes?")
    expect(bubble(page, "Yes?").get_by_role("img", name="Pending")).to_be_visible()
    expect(bubble(page, "Hello?")).to_have_count(0)

    if end == "restart":
        for verb in ("stop", "start"):
            data_of(api.post(f"/api/sessions/shop/{verb}"))
    elif end == "in the dialog":
        play(page, "End the silence")
    else:
        notice.get_by_role("button", name="End the silence").click()
    expect(bubble(page, "Hello?")).to_be_visible()
    expect(hint).to_be_hidden()
    expect(notice.get_by_role("listitem")).to_have_count(0)
    assert shop.messages[-1]["id"] == sent["id"]


def test_new_contact_of_a_silent_session_is_told_why_nothing_is_to_be_seen(visit, shop):
    shop.go_silent("shop")
    page = visit("#/shop")
    write_as_new_contact(page, BRUNO_JID)
    expect(page.get_by_text("what was written comes when that has ended")).to_be_visible()
    page.get_by_role("button", name="End the silence").click()
    expect(page.locator(".message")).to_have_count(1)


def test_trouble_is_that_of_the_open_session(visit, shop):
    shop.connect("other")
    shop.restrict("other")
    page = visit("#/shop")
    notices = page.get_by_role("list", name="Trouble of this session").get_by_role("listitem")
    expect(notices).to_have_count(0)
    page.get_by_role("link", name="other").click()
    expect(notices).to_have_count(1)
    page.get_by_role("button", name="Trouble").click()
    expect(page.get_by_role("dialog", name="Trouble for other")).to_contain_text("End the restriction")


def test_trouble_is_played_on_a_small_screen_before_there_are_chats(visit, sandbox, api):
    sandbox.connect("shop")
    page = visit("#/shop", width=390)
    play(page, "Make it silent")
    page.get_by_role("button", name="Trouble").click()
    expect(page.get_by_role("dialog").get_by_role("button", name="End the silence")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    play(page, "Disconnect")
    expect(page.get_by_role("heading", name="shop is not connected")).to_be_visible()
    assert status_of(get_session(api, "shop")) == ("DISCONNECTED", "STREAM_ERROR")


@pytest.mark.parametrize("as_new", [False, True])
def test_event_is_sent_again(visit, api, shop, as_new):
    page = visit("#/shop?deliveries")
    with receiving() as receiver:
        subscribe(api, receiver, "message.received")
        shop.receive("shop", "Hello?", sender=ANA)
        page.locator(".delivery summary").click()
        page.get_by_role("button", name="Send as a new event" if as_new else "Send again").click()
        eventually(lambda: len(receiver.bodies) == 2, page)
        if as_new:
            expect(page.locator(".delivery")).to_have_count(2)
        else:
            expect(page.locator(".delivery summary")).to_contain_text("2 attempts")
    first, second = (json.loads(body) for body in receiver.bodies)
    assert (first["id"] != second["id"]) == as_new
    assert first["payload"] == second["payload"]
    assert page.locator(".delivery[open]").count() == 1
    assert focused(page).startswith("Send")


def test_event_that_was_given_up_is_sent_again(visit, api, shop):
    page = visit("#/shop?deliveries")
    with receiving(500) as receiver:
        subscribe(api, receiver, "message.received", retries={"attempts": 1, "delaySeconds": 0})
        shop.receive("shop", "Hello?", sender=ANA)
        expect(page.locator(".delivery summary")).to_contain_text("failed: 500")
        page.locator(".delivery summary").click()
        page.get_by_role("button", name="Send again").click()
        expect(page.locator(".delivery summary")).to_contain_text("delivered: 200")


@pytest.mark.parametrize(("change", "why"), [("delete", "was deleted"), ("disable", "is disabled")])
def test_event_of_a_webhook_that_gets_none_cannot_be_sent_again(visit, api, shop, change, why):
    page = visit("#/shop?deliveries")
    with receiving() as receiver:
        subscribe(api, receiver, "message.received")
        shop.receive("shop", "Hello?", sender=ANA)
        shop.wait_for_deliveries()
        (webhook,) = data_of(api.get("/api/webhooks"))
        path = f"/api/webhooks/{webhook['id']}"
        assert (api.delete(path) if change == "delete" else api.put(path, json={"enabled": False})).is_success
        page.locator(".delivery summary").click()
        expect(page.get_by_text(f"Its webhook {why}.")).to_be_visible()
        expect(page.get_by_role("button", name="Send again")).to_have_count(0)
