"""The page of the sandbox does not get in its reader's way, on any screen, by mouse or keyboard."""

from __future__ import annotations

import re
from typing import Any, List

import pytest

from tests.support.page import (
    ANA,
    ANA_JID,
    BRUNO,
    BRUNO_JID,
    bubble,
    composer,
    eventually,
    focused,
    send,
)
from tests.support.sandbox import FRIEND, data_of, receiving, subscribe
from titan.sandbox import Sandbox

expect = pytest.importorskip(
    "playwright.sync_api", reason="the browser is driven on the newest Python only"
).expect

pytestmark = pytest.mark.slow


def test_what_is_being_typed_survives_an_incoming_message(visit, shop):
    page = visit(f"#/shop/{ANA_JID}")
    composer(page).fill("Half a sentence")
    composer(page).evaluate("text => text.setSelectionRange(4, 6)")
    shop.receive("shop", "Hello?", sender=ANA)
    expect(bubble(page, "Hello?")).to_be_visible()
    expect(composer(page)).to_have_value("Half a sentence")
    expect(composer(page)).to_be_focused()
    assert composer(page).evaluate("text => [text.selectionStart, text.selectionEnd]") == [4, 6]
    expect(page.locator("#announcer")).to_have_text("Ana Souza: Hello?")


def test_each_chat_keeps_its_draft(visit, shop):
    shop.receive("shop", "Hi", sender=BRUNO, push_name="Bruno Lima")
    page = visit(f"#/shop/{ANA_JID}")
    composer(page).fill("For Ana")
    page.get_by_role("link", name="Bruno Lima").click()
    expect(page.get_by_placeholder("Answer as Bruno Lima")).to_have_value("")
    page.go_back()
    expect(page.get_by_placeholder("Answer as Ana Souza")).to_have_value("For Ana")


def test_only_a_reader_at_the_bottom_is_scrolled(visit, shop):
    for number in range(40):
        shop.receive("shop", f"Message {number}", sender=ANA)
    page = visit(f"#/shop/{ANA_JID}")
    expect(bubble(page, "Message 39")).to_be_in_viewport()
    shop.receive("shop", "Message 40", sender=ANA)
    expect(bubble(page, "Message 40")).to_be_in_viewport()

    composer(page).fill("An\nanswer\nof\nmany\nlines")
    expect(bubble(page, "Message 40")).to_be_in_viewport(ratio=1)

    scroller = page.locator("#scroller")
    # The page learns of it with the next frame.
    scroller.evaluate(
        "element => new Promise(done => {"
        " element.scrollTop = 200; requestAnimationFrame(() => requestAnimationFrame(done)) })"
    )
    shop.receive("shop", "Message 41", sender=ANA)
    expect(bubble(page, "Message 41")).to_be_attached()
    assert scroller.evaluate("element => element.scrollTop") == 200
    page.get_by_role("button", name="Scroll to the newest message").click()
    expect(bubble(page, "Message 41")).to_be_in_viewport()


def test_focus_stays_on_a_chat_that_moves_to_the_top(visit, shop):
    shop.receive("shop", "Hi", sender=BRUNO, push_name="Bruno Lima")
    page = visit("#/shop")
    chats = page.locator("#chats a")
    expect(chats).to_have_count(2)
    chats.nth(1).focus()
    shop.receive("shop", "Hello?", sender=ANA)
    expect(chats.first).to_contain_text("Hello?")
    expect(chats.first).to_be_focused()


def test_at_most_one_snapshot_is_fetched_at_a_time(visit, shop, watch):
    page = visit(f"#/shop/{ANA_JID}")
    for number in range(100):
        shop.receive("shop", f"Message {number}", sender=ANA)
    expect(bubble(page, "Message 99")).to_be_visible()
    assert watch.most_under_way == 1


# It takes more than four seconds: a browser waits some three before its EventSource connects again.
@pytest.mark.heavy
def test_page_goes_on_after_a_restart_of_the_sandbox(browser):
    with Sandbox(0) as first:
        base_url = first.base_url
        page = browser.new_page()
        page.goto(base_url)
        expect(page.get_by_text("No session yet")).to_be_visible()
    expect(page.get_by_text("The sandbox does not respond.")).to_be_visible()
    with Sandbox(int(base_url.rpartition(":")[2])) as second:
        second.connect("shop")
        expect(page.get_by_role("heading", name="No chats yet")).to_be_visible(timeout=15_000)
        expect(page.get_by_text("The sandbox does not respond.")).to_be_hidden()
        page.close()


def test_keyboard_alone_leads_from_loading_to_a_sent_answer(visit, shop):
    page = visit()
    expect(page.get_by_role("link", name="Ana Souza")).to_be_visible()
    for name in ("shop", "Ana Souza"):
        for _ in range(12):
            page.keyboard.press("Tab")
            if name in focused(page):
                break
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert (name in focused(page), outline) == (True, "solid")
        page.keyboard.press("Enter")
    expect(composer(page)).to_be_focused()
    page.keyboard.type("By keyboard")
    page.keyboard.press("Enter")
    expect(bubble(page, "By keyboard")).to_be_visible()
    expect(composer(page)).to_be_focused()

    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(bubble(page, "Is my order on its way?").locator(".reactions")).to_contain_text("❤️")
    assert focused(page) == "React"


def test_narrow_screen_shows_one_pane_at_a_time_without_scrolling_sideways(visit, api, shop):
    with receiving() as receiver:
        subscribe(api, receiver, "message.sent")
        send(api, text="https://example.com/" + 40 * "no-space-in-here-")
    page = visit(width=360)

    def panes() -> List[str]:
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        assert page.locator(":visible").evaluate_all(
            "all => all.every(one => one.closest('.unseen') || one.getBoundingClientRect().right <= 360)"
        )
        shown = page.locator(".pane:visible")
        return [
            re.sub("pane ", "", one) for one in shown.evaluate_all("all => all.map(one => one.className)")
        ]

    def follow(name: str, pane: str) -> None:
        page.locator(".pane:visible").get_by_role("link", name=name).click()
        eventually(lambda: panes() == [pane], page)

    eventually(lambda: panes() == ["sessions"], page)
    follow("shop", "chats")
    follow("Ana Souza", "chat")
    expect(composer(page)).to_be_visible()
    follow("Webhook deliveries", "deliveries")
    page.locator(".delivery summary").click()
    eventually(lambda: panes() == ["deliveries"], page)
    follow("Back", "chat")
    follow("Back to the chats", "chats")
    assert "Ana Souza" in focused(page)
    follow("Back to the sessions", "sessions")
    assert "shop" in focused(page)
    page.go_back()
    eventually(lambda: panes() == ["chats"], page)


def test_narrow_screen_leads_from_nothing_to_a_chat(visit, api):
    page = visit(width=360)
    expect(page.get_by_role("heading", name="No session yet")).to_be_visible()
    data_of(api.post("/api/sessions", json={"name": "shop", "start": True}), 201)
    page.get_by_role("link", name="shop").click()
    page.get_by_role("button", name="Scan").click()
    expect(page.get_by_role("heading", name="No chats yet")).to_be_focused()
    send(api, FRIEND, text="Hi")
    page.get_by_role("link", name="5511999999999").click()
    expect(bubble(page, "Hi")).to_be_visible()


def test_links_to_what_is_not_there_yet_wait_for_it(visit, shop):
    page = visit(f"#/shop/{BRUNO_JID}")
    expect(page.get_by_role("heading", name="No such chat yet")).to_be_visible()
    shop.receive("shop", "Hi", sender=BRUNO, push_name="Bruno Lima")
    expect(bubble(page, "Hi")).to_be_visible()
    page.goto(f"{shop.base_url}/#/later")
    expect(page.get_by_role("heading", name="There is no session later")).to_be_visible()
    page.get_by_role("button", name="Connect it").click()
    expect(page.get_by_role("heading", name="No chats yet")).to_be_visible()
    page.goto(f"{shop.base_url}/#/%")
    expect(page.get_by_role("heading", name="There is no session %")).to_be_visible()


def test_colours_follow_the_scheme_and_can_be_read(visit, shop):
    def contrast(page: Any, selector: str) -> float:
        return page.locator(selector).first.evaluate(
            """element => {
                const colour = (of, name) => getComputedStyle(of)[name].match(/[\\d.]+/g).map(Number);
                const linear = (value) =>
                    value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
                const luminance = ([red, green, blue]) =>
                    0.2126 * linear(red / 255) + 0.7152 * linear(green / 255) + 0.0722 * linear(blue / 255);
                let behind = element;
                while (colour(behind, "backgroundColor")[3] === 0) behind = behind.parentElement;
                const [dark, light] = [colour(element, "color"), colour(behind, "backgroundColor")]
                    .map(luminance).sort((one, other) => one - other);
                return (light + 0.05) / (dark + 0.05);
            }"""
        )

    backgrounds = []
    for scheme in ("light", "dark"):
        page = visit(f"#/shop/{ANA_JID}", color_scheme=scheme)
        expect(bubble(page, "Is my order on its way?")).to_be_visible()
        for selector in (
            ".text",
            ".meta time",
            ".link .quiet",
            ".avatar",
            ".badge",
            "#deliveries .quiet",
            "pre",
        ):
            assert contrast(page, selector) >= 4.5, f"{selector} in {scheme}"
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        backgrounds.append(sum(map(int, re.findall(r"\d+", colour)[:3])))
    assert backgrounds[0] > 600 > 150 > backgrounds[1]


def test_nothing_moves_for_readers_who_prefer_reduced_motion(visit, api):
    data_of(api.post("/api/sessions", json={"name": "shop", "start": True}), 201)
    for preference, moves in (("no-preference", True), ("reduce", False)):
        page = visit(reduced_motion=preference)
        expect(page.get_by_alt_text("QR code of shop")).to_be_visible()
        assert page.evaluate("document.getAnimations().length > 0") is moves
