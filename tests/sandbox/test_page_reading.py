"""The page of the sandbox does not get in its reader's way, on any screen, by mouse or keyboard."""

from __future__ import annotations

import json
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

# What the browser shows does not depend on Python.
pytestmark = pytest.mark.heavy


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


def test_reader_who_has_just_scrolled_up_is_not_moved_before_the_browser_tells_of_it(visit, shop):
    for number in range(40):
        shop.receive("shop", f"Message {number}", sender=ANA)
    page = visit(f"#/shop/{ANA_JID}")
    expect(bubble(page, "Message 39")).to_be_in_viewport()
    # The event of the scrolling comes with the next frame.
    top = page.evaluate(
        """async () => {
            const { render } = await import("/page/page.js");
            const scroller = document.querySelector("#scroller");
            scroller.scrollTop = 200;
            render();
            await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
            return scroller.scrollTop;
        }"""
    )
    assert top == 200


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
    # Where it was promised, although a list of sessions has taken its place at this address.
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


def contrast_of(element: Any) -> float:
    return element.evaluate(
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


def test_colours_follow_the_scheme_and_can_be_read(visit, shop):
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
            assert contrast_of(page.locator(selector).first) >= 4.5, f"{selector} in {scheme}"
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        backgrounds.append(sum(map(int, re.findall(r"\d+", colour)[:3])))
    assert backgrounds[0] > 600 > 150 > backgrounds[1]


def test_nothing_moves_for_readers_who_prefer_reduced_motion(visit, api):
    data_of(api.post("/api/sessions", json={"name": "shop", "start": True}), 201)
    for preference, moves in (("no-preference", True), ("reduce", False)):
        page = visit(reduced_motion=preference)
        expect(page.get_by_alt_text("QR code of shop")).to_be_visible()
        assert page.evaluate("document.getAnimations().length > 0") is moves


def test_earlier_messages_are_brought_and_what_was_in_sight_stays_there(visit, shop):
    for number in range(510):
        shop.receive("shop", f"Message {number}", sender=ANA)
    page = visit(f"#/shop/{ANA_JID}")
    expect(bubble(page, "Message 509")).to_be_in_viewport()
    expect(bubble(page, "Message 309")).to_have_count(0)
    earlier = page.get_by_role("button", name="Earlier messages (311)")
    earlier.scroll_into_view_if_needed()
    first = bubble(page, "Message 310")
    before = first.bounding_box()["y"]
    earlier.click()
    expect(bubble(page, "Message 309")).to_be_visible()
    assert abs(first.bounding_box()["y"] - before) < 40
    page.get_by_role("button", name="Earlier messages (11)").click()
    expect(bubble(page, "Is my order on its way?")).to_be_visible()
    expect(page.get_by_role("button", name="Earlier messages")).to_have_count(0)


def test_one_of_many_sessions_is_found_by_its_name_or_number(visit, sandbox, api):
    for number in range(10):
        data_of(api.post("/api/sessions", json={"name": f"bot-{number}"}), 201)
    number = sandbox.connect("a-shop")["phoneNumber"]
    page = visit()
    sessions = page.locator("#sessions a")
    expect(sessions).to_have_count(11)
    search = page.get_by_role("searchbox", name="Search sessions")
    for words, names in (("BOT-7", ["bot-7"]), ("shop", ["a-shop"]), (number, ["a-shop"])):
        search.fill(words)
        expect(sessions.locator(".name")).to_have_text(names)
    search.fill("nobody")
    expect(page.get_by_text("No session is called that.")).to_be_visible()
    search.fill("")
    expect(sessions).to_have_count(11)


def test_few_sessions_need_no_search(visit, shop):
    page = visit()
    expect(page.get_by_role("link", name="shop")).to_be_visible()
    expect(page.locator("#session-search")).to_be_hidden()


def test_long_names_keep_the_end_that_tells_them_apart(visit, api):
    for number in ("01", "02"):
        name = f"customer-support-brazil-sao-paulo-{number}"
        data_of(api.post("/api/sessions", json={"name": name}), 201)
    page = visit()
    for number in ("01", "02"):
        name = page.locator("#sessions .name", has_text=f"paulo-{number}")
        expect(name).to_have_attribute("title", f"customer-support-brazil-sao-paulo-{number}")
        tail = name.locator(".tail")
        expect(tail).to_have_text(re.compile(f"{number}$"))
        assert tail.evaluate("tail => tail.scrollWidth <= tail.clientWidth + 1")


@pytest.mark.parametrize("name", ["Ana", "Dr. Ana " + "Featherstonehaugh " * 4, "A" * 200])
def test_composer_is_one_line_high_whatever_the_contact_is_called(visit, shop, name):
    shop.receive("shop", "Hi", sender=BRUNO, push_name=name.strip())
    page = visit(f"#/shop/{BRUNO_JID}", width=390)
    expect(bubble(page, "Hi")).to_be_visible()
    assert composer(page).bounding_box()["height"] < 45


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("STREAM_ERROR", "Lost its connection"),
        ("FAILED", "Failed"),
        ("TEMPORARY_BAN", "Banned temporarily"),
        ("AUTO_RECONNECT", "Reconnecting"),
    ],
)
def test_state_of_a_session_that_lost_its_connection_is_said_in_words(visit, shop, reason, words):
    shop.configure(reconnect_after=3600)
    shop.disconnect("shop", reason)
    page = visit()
    expect(page.locator("#sessions .quiet")).to_have_text(words)


def test_state_of_a_session_that_is_not_connected_yet_is_said_in_words(visit, sandbox, api):
    data_of(api.post("/api/sessions", json={"name": "shop"}), 201)
    page = visit()
    expect(page.locator("#sessions a")).to_have_text("shop Not started")
    api.post("/api/sessions/shop/start")
    expect(page.locator("#sessions a")).to_have_text("shop Waits for a scan")
    sandbox.connect("shop")
    expect(page.locator("#sessions a")).to_have_text(re.compile(r"^shop Connected, \+\d+$"))
    sandbox.logout("shop")
    expect(page.locator("#sessions a")).to_have_text("shop Logged out")


def test_only_messages_of_the_account_have_ticks(visit, api, shop):
    page = visit(f"#/shop/{ANA_JID}")
    send(api, text="It left today.")
    expect(bubble(page, "It left today.").get_by_role("img", name=re.compile("Sent|Read"))).to_be_visible()
    expect(bubble(page, "Is my order on its way?").get_by_role("img")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_send_button_can_be_seen_while_the_mouse_is_on_it(visit, shop, scheme):
    page = visit(f"#/shop/{ANA_JID}", color_scheme=scheme, reduced_motion="reduce")
    button = page.get_by_role("button", name="Send", exact=True)
    button.hover()
    assert contrast_of(button) >= 4.5


def test_what_could_not_be_sent_is_kept_and_it_is_said_what_to_do(visit, shop, watch):
    page = visit(f"#/shop/{ANA_JID}")
    expect(bubble(page, "Is my order on its way?")).to_be_visible()
    page.context.set_offline(True)
    composer(page).fill("Hello?")
    composer(page).press("Enter")
    expect(page.get_by_role("alert")).to_have_text(
        "The sandbox does not respond. Start it again, then repeat this. What you wrote is still here."
    )
    expect(composer(page)).to_have_value("Hello?")
    page.context.set_offline(False)
    composer(page).press("Enter")
    expect(bubble(page, "Hello?")).to_be_visible()
    # Chromium reports each such request.
    assert all("ERR_INTERNET_DISCONNECTED" in complaint for complaint in watch.complaints)
    watch.complaints.clear()


# The texts alone take seconds, and the time of a frame is that of a machine with nothing else to do.
@pytest.mark.parametrize(
    "text", ["👍" * 600_000, "word " * 300_000, "x" * 1_200_000], ids=["emoji", "words", "one word"]
)
def test_page_stays_responsive_with_a_text_of_a_million_characters(visit, api, shop, text):
    page = visit(f"#/shop/{ANA_JID}")
    with receiving() as receiver:
        subscribe(api, receiver, "message.received")
        shop.receive("shop", text, sender=ANA)
        shop.wait_for_deliveries()
    # By selectors: to find a text, Playwright reads all there is, and to report a failure, it prints that.
    page.locator(".message .more").wait_for()
    assert len(page.locator(".message .text").last.text_content()) < 5_000
    assert seconds_of_a_frame(page) < 1
    page.locator(".message .more").click()
    is_whole = page.locator(".message .whole").text_content() == text
    assert is_whole
    assert seconds_of_a_frame(page) < 1

    page.locator(".delivery summary").click()
    page.locator(".delivery .more[data-action=showAll]").click()
    is_whole = json.loads(page.locator(".delivery .whole").text_content())["payload"]["text"] == text
    assert is_whole
    assert seconds_of_a_frame(page) < 1
    shop.receive("shop", "Still there?", sender=ANA)
    page.locator(".message:nth-child(4)").wait_for()
    assert seconds_of_a_frame(page) < 1


def seconds_of_a_frame(page: Any) -> float:
    milliseconds: float = page.evaluate(
        """new Promise((resolve) => {
            const start = performance.now();
            requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
        })"""
    )
    return milliseconds / 1000


def test_whole_text_of_a_message_that_was_edited_since_is_not_shown(visit, api, shop):
    page = visit(f"#/shop/{ANA_JID}")
    sent = send(api, text="a" * 5_000)
    page.get_by_role("button", name="Show all").click()
    expect(page.locator(".whole")).to_be_visible()
    body = {"session": "shop", "chatId": ANA_JID, "messageId": sent["id"], "text": "b" * 5_000}
    data_of(api.post("/api/sessions/shop/messages/edit", json=body))
    page.get_by_role("button", name="Show all (3,000 characters more)").click()
    expect(page.locator(".whole")).to_have_text("b" * 5_000)
