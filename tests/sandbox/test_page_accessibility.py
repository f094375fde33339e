"""The page of the sandbox in each of its states, as axe-core judges it: readers with any means can use it."""

from __future__ import annotations

import os
from typing import Any, List

import pytest

from tests.support.page import ANA, ANA_JID, bubble, send
from tests.support.project import ROOT
from tests.support.sandbox import data_of, receiving, subscribe

expect = pytest.importorskip(
    "playwright.sync_api", reason="the browser is driven on the newest Python only"
).expect

# Each look of axe-core takes a good part of a second.
pytestmark = pytest.mark.heavy

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture
def axe():
    """The script that judges a page; without it the test is skipped, loudly, and in CI it fails."""
    if not AXE.exists():
        missing = "NOT TESTED: whether everybody can use the page, for want of axe-core: npm ci"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return AXE.read_text(encoding="utf-8")


# Each size in one of the schemes: what is wrong with a colour does not depend on the size.
@pytest.fixture(params=[(1280, 800, "light"), (390, 844, "dark")], ids=["wide-light", "narrow-dark"])
def look_at(request, visit, axe):
    """Open the page with axe-core in it, in one of the colours and sizes."""
    width, height, scheme = request.param
    viewport = {"width": width, "height": height}

    def look_at(fragment=""):
        # What moves is pale for a moment.
        page = visit(fragment, viewport=viewport, color_scheme=scheme, reduced_motion="reduce")
        page.evaluate(axe)
        return page

    return look_at


def violations(page: Any) -> List[str]:
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


def test_page_without_a_session(look_at):
    page = look_at()
    expect(page.get_by_role("heading", name="No session yet")).to_be_visible()
    assert violations(page) == []


def test_session_from_its_qr_code_to_its_log_out(look_at, sandbox, api):
    data_of(api.post("/api/sessions", json={"name": "shop", "start": True}), 201)
    page = look_at("#/shop")
    expect(page.get_by_alt_text("QR code of shop")).to_be_visible()
    assert violations(page) == []
    sandbox.scan("shop")
    expect(page.get_by_role("heading", name="No chats yet")).to_be_visible()
    assert violations(page) == []
    sandbox.logout("shop")
    expect(page.get_by_role("heading", name="shop is not connected")).to_be_visible()
    assert violations(page) == []


def test_many_sessions(look_at, api):
    for number in range(12):
        name = f"customer-support-brazil-sao-paulo-{number}"
        data_of(api.post("/api/sessions", json={"name": name, "start": number % 2 == 0}), 201)
    page = look_at()
    expect(page.locator("#sessions a")).to_have_count(12)
    assert violations(page) == []
    page.get_by_role("searchbox", name="Search sessions").fill("nobody")
    expect(page.get_by_text("No session is called that.")).to_be_visible()
    assert violations(page) == []


def test_chat_with_messages_of_all_kinds(look_at, api, shop):
    send(api, text="Yes", quotedMessage={"id": shop.chat("shop", ANA_JID)["messages"][0]["id"]})
    send(api, type="poll", question="When?", options=["Mon", "Tue"], multipleAnswers=True)
    send(api, type="location", latitude=-23.5, longitude=-46.6, name="MASP", address="Av. Paulista, 1578")
    send(api, type="contact", contacts=[{"name": "Support", "phoneNumber": "+5511911112222"}])
    shop.receive("shop", "A list", sender=ANA, media=b"-", filename="list.pdf", mime_type="application/pdf")
    shop.receive("shop", sender=ANA, media=b"-", mime_type="audio/ogg")
    shop.receive("shop", "word " * 1_000, sender=ANA)
    page = look_at(f"#/shop/{ANA_JID}")
    expect(page.get_by_role("button", name="Show all")).to_be_visible()
    page.get_by_role("button", name="Mon").click()
    expect(page.get_by_role("button", name="Mon", pressed=True)).to_be_visible()
    assert violations(page) == []
    bubble(page, "MASP").get_by_role("button", name="React").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name="React")).to_be_visible()
    assert violations(page) == []


def test_list_of_chats(look_at, api, shop):
    label = data_of(api.post("/api/sessions/shop/labels", json={"name": "New"}), 201)
    data_of(api.post(f"/api/sessions/shop/labels/{label['id']}/chats", json={"chatIds": [ANA_JID]}))
    send(api, "5511900000000@s.whatsapp.net", text="Anybody there?")
    page = look_at("#/shop")
    expect(page.get_by_role("navigation", name="Chats")).to_contain_text("Anybody there?")
    assert violations(page) == []


def test_deliveries(look_at, api, shop):
    page = look_at("#/?deliveries")
    expect(page.get_by_text("Nothing delivered yet")).to_be_visible()
    assert violations(page) == []
    with receiving(500) as receiver:
        subscribe(api, receiver, "message.received", label="Mine")
        for text in ("Hello?", "word " * 2_000):
            shop.receive("shop", text, sender=ANA)
        shop.wait_for_deliveries()
        expect(page.locator(".delivery")).to_have_count(2)
        for summary in page.locator(".delivery summary").all():
            summary.click()
        assert violations(page) == []


def test_trouble(look_at, shop):
    page = look_at("#/shop")
    shop.restrict("shop")
    shop.go_silent("shop")
    expect(page.get_by_role("list", name="Trouble of this session").get_by_role("listitem")).to_have_count(2)
    assert violations(page) == []
    chat = look_at(f"#/shop/{ANA_JID}")
    expect(chat.get_by_text("The session is silent")).to_be_visible()
    assert violations(chat) == []
    shop.ban("shop")
    expect(page.get_by_role("heading", name="shop is banned")).to_be_visible()
    assert violations(page) == []


def test_dialogs(look_at, shop):
    page = look_at(f"#/shop/{ANA_JID}")
    expect(bubble(page, "Is my order on its way?")).to_be_visible()
    for dialog in page.locator("dialog").all():
        dialog.evaluate("dialog => dialog.showModal()")
        expect(dialog).to_be_visible()
        assert violations(page) == []
        page.keyboard.press("Escape")


def test_sandbox_that_does_not_respond(look_at, shop, watch):
    page = look_at(f"#/shop/{ANA_JID}")
    expect(bubble(page, "Is my order on its way?")).to_be_visible()
    page.context.set_offline(True)
    page.locator("#text").fill("Hello?")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    page.evaluate("document.getElementById('offline').hidden = false")
    assert violations(page) == []
    # Chromium reports each such request.
    assert all("ERR_INTERNET_DISCONNECTED" in complaint for complaint in watch.complaints)
    watch.complaints.clear()
