"""The web page of docs/guides/pairing.md links a session, in a browser, and says what goes wrong."""

from __future__ import annotations

import importlib.util

import pytest

from tests.support.documents import blocks_of

# It waits between two looks, as the page does.
pytestmark = pytest.mark.heavy

FILES = {block.name: block.code for block in blocks_of("docs/guides/pairing.md") if block.mode == "file"}


@pytest.fixture
def page(sandbox, browser, tmp_path, monkeypatch):
    """The page, served by the program of the guide."""
    monkeypatch.setenv("TITAN_BASE_URL", sandbox.base_url)
    monkeypatch.setenv("TITAN_API_KEY", sandbox.api_key)
    monkeypatch.chdir(tmp_path)
    for name, code in FILES.items():
        (tmp_path / name).write_text(code, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("pairing_app", tmp_path / "app.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    context = browser.new_context()
    complaints = []
    with sandbox.subscribe(module.app, secret="a secret", events=["call.received"]) as served:
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.set_default_timeout(15_000)
        page.goto(served.url.replace("/titan", "/"))
        yield page
        context.close()
    module.client.close()
    assert complaints == []


def test_a_scanned_code_links_the_session(page, sandbox):
    page.get_by_alt_text("QR code").wait_for()
    page.wait_for_function("document.getElementById('qr').naturalWidth > 100")
    sandbox.scan("customer-42", phone_number="+5511999999999")
    page.get_by_text("Linked: +5511999999999").wait_for()
    assert not page.get_by_alt_text("QR code").is_visible()


def test_a_code_is_given_for_a_number_and_a_sentence_for_what_is_none(page):
    page.get_by_label("Your number").fill("99999")
    page.get_by_role("button", name="Get a code").click()
    page.get_by_text("Write the number with its country code").wait_for()
    page.get_by_label("Your number").fill("+55 11 99999-9999")
    page.get_by_role("button", name="Get a code").click()
    code = page.locator("#code").filter(has_text="Type this on your phone")
    code.wait_for()
    assert len(code.text_content().rpartition(" ")[2]) == 8


def test_what_ends_is_said_and_can_be_started_again(page, sandbox):
    page.get_by_alt_text("QR code").wait_for()
    sandbox.advance(600)
    page.get_by_text("Nobody scanned the code in time.").wait_for()
    page.get_by_role("button", name="Start again").click()
    page.get_by_alt_text("QR code").wait_for()
