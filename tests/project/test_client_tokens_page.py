"""The page for a browser in docs/guides/client-tokens.md, in a browser."""

from __future__ import annotations

import importlib.util
import socket

import pytest

from tests.support.documents import blocks_of
from tests.support.endpoints import serving_asgi

PAGE = "docs/guides/client-tokens.md"
FILES = {block.name: block.code for block in blocks_of(PAGE) if block.mode == "file"}
RULES = {"recipientMode": "conversation", "allowedActions": "send_message,send_typing"}


@pytest.fixture
def site(tmp_path, monkeypatch, sandbox, client):
    """The address of the page, served by the program that stands beside it."""
    for name, code in FILES.items():
        (tmp_path / name).write_text(code, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TITAN_BASE_URL", sandbox.base_url)
    monkeypatch.setenv("TITAN_API_KEY", sandbox.api_key)
    spec = importlib.util.spec_from_file_location("app_of_the_page", tmp_path / "app.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        client.client_tokens.set_rules("default", {**RULES, "allowedOrigins": address})
        with serving_asgi(module.app, listener), module.titan:
            yield address


@pytest.fixture
def write(browser, site):
    """Write a message on the page, and return what the page then says."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto(site)

    def write(text):
        page.get_by_label("Your message").fill(text)
        page.get_by_role("button", name="Send").click()
        page.wait_for_function("!document.querySelector('button').disabled")
        return page.get_by_role("status").text_content()

    yield write
    context.close()


def texts(sandbox):
    return [message["text"] for message in sandbox.messages]


def test_a_visitor_writes_and_gets_a_new_token_when_the_old_one_has_expired(sandbox, write):
    assert write("Hello!") == "Sent."
    sandbox.advance(301)
    assert write("Are you there?") == "Sent."
    assert texts(sandbox) == ["Hello!", "Are you there?"]


def test_the_page_says_what_was_not_sent_and_what_is_unclear(sandbox, client, write):
    sandbox.fail("messages.send", cut="after")
    assert write("Lost answer") == "It may have been sent. Look before you send it again."
    sandbox.fail("messages.send", status=502)
    assert write("No answer") == "It may have been sent. Look before you send it again."
    client.client_tokens.set_rules("default", {**RULES, "enabled": False})
    assert write("Too late") == "Not sent: this is not allowed just now."
    assert texts(sandbox) == ["Lost answer"]


def test_a_visitor_who_writes_too_often_is_asked_to_wait(sandbox, client, write):
    client.client_tokens.set_rules("default", {**RULES, "rateLimit": 1})
    assert write("One") == "Sent."
    assert write("Two") == "Too many messages. Please wait a minute."
    assert texts(sandbox) == ["One"]
