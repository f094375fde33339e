"""The recipe of a chat in the browser: it sends by itself, with a client token that can do nothing else."""

from __future__ import annotations

import re
import sys
import time

import httpx
import pytest

from tests.support.examples import EXAMPLES, running
from tests.support.page import MARKUP, eventually
from titan import PermissionDeniedError, TitanClient
from titan.sandbox import Sandbox

ANA = "+55 11 98888-7777"
ANA_JID = "5511988887777@s.whatsapp.net"
COMMAND = [sys.executable, str(EXAMPLES / "browser_chat.py")]


@pytest.fixture(scope="module")
def titan():
    """It is not reset: the program has made its rules and its webhook once."""
    with Sandbox() as titan:
        titan.connect("default")
        yield titan


@pytest.fixture(scope="module")
def address(titan, tmp_path_factory):
    """The program, as it runs beside a Titan; gives its address."""
    variables = {"TITAN_BASE_URL": f"{titan.base_url}/api/", "TITAN_API_KEY": titan.api_key}
    folder = tmp_path_factory.mktemp("chat")
    with running(lambda port: [*COMMAND, ANA], folder, **variables) as program:
        yield f"http://127.0.0.1:{program.port}"


@pytest.fixture
def visitor(address):
    with httpx.Client(base_url=address, trust_env=False) as visitor:
        visitor.get("/").raise_for_status()
        yield visitor


@pytest.fixture
def server(titan):
    with TitanClient(titan.base_url, titan.api_key) as client:
        yield client


@pytest.fixture
def new_texts(titan):
    """The texts that were sent through the API since the test began."""
    before = len(titan.messages)
    return lambda: [one["text"] for one in titan.messages[before:]]


def messages_of(visitor):
    return visitor.get("/messages").json()


def test_program_shows_itself_on_a_local_titan(tmp_path):
    with running(lambda port: COMMAND, tmp_path) as program:
        titan = re.search(r"^Answer as Ana at (\S+)$", program.output, re.MULTILINE)[1]
        address = re.search(r"^Open (\S+)$", program.output, re.MULTILINE)[1]
        with httpx.Client(base_url=address, trust_env=False) as visitor:
            visitor.get("/").raise_for_status()
            access = visitor.post("/token").json()
            with TitanClient(access["baseUrl"], client_token=access["token"]) as browser:
                browser.messages.send_text(access["session"], access["chatId"], "Yes")
            httpx.post(f"{titan}/sandbox/clock", json={"seconds": 60}).raise_for_status()
            deadline = time.monotonic() + 10
            while len(messages_of(visitor)) < 2:
                assert time.monotonic() < deadline
                time.sleep(0.02)
            assert {(one["text"], one["isMine"]) for one in messages_of(visitor)} == {
                ("Hello! Are you there?", False),
                ("Yes", True),
            }


def test_token_can_send_in_its_session_and_nothing_else(address, visitor, server):
    access = visitor.post("/token").json()
    assert access["chatId"] == ANA_JID
    rules = server.client_tokens.get_rules("default")
    assert (rules.allowed_actions, rules.allowed_origins) == ("send_message", address)
    with TitanClient(access["baseUrl"], client_token=access["token"]) as browser:
        browser.messages.send_text("default", ANA_JID, "Hi")
        for forbidden in (browser.contacts.list, browser.chats.list, browser.client_tokens.get_rules):
            with pytest.raises(PermissionDeniedError):
                forbidden("default")


@pytest.mark.parametrize("cookies", [{}, {"visitor": ""}, {"visitor": "x" * 32}])
def test_nobody_gets_a_token_or_a_message_without_a_cookie_of_the_page(address, cookies):
    with httpx.Client(base_url=address, trust_env=False, cookies=cookies) as stranger:
        assert [stranger.post("/token").status_code, stranger.get("/messages").status_code] == [403, 403]


def test_token_and_messages_are_not_stored_on_the_way(visitor):
    answers = [visitor.post("/token"), visitor.get("/messages")]
    assert [answer.headers["cache-control"] for answer in answers] == ["no-store", "no-store"]


def test_message_typed_on_the_own_phone_is_shown_once_and_other_chats_are_not(titan, visitor):
    before = len(messages_of(visitor))
    titan.send_from_phone("default", ANA_JID, "from the phone")
    titan.receive("default", "from Bruno", sender="+55 11 97777-6666")
    titan.receive("default", media=b"\xff\xd8\xff", sender=ANA)
    titan.wait_for_deliveries()
    new = messages_of(visitor)[before:]
    assert [(one["text"], one["isMine"]) for one in new] == [("from the phone", True), ("(no text)", False)]
    after = new[0]["number"]
    assert visitor.get("/messages", params={"after": after}).json() == new[1:]


# In a browser


@pytest.fixture
def page(browser, address):
    """The page, open; no script of it fails."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(10_000)
    failures = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.goto(address)
    yield page
    context.close()
    assert failures == []


def write(page, text):
    page.get_by_label("Message").fill(text)
    page.get_by_label("Message").press("Enter")


def says(page, text):
    from playwright.sync_api import expect

    expect(page.locator("#status")).to_have_text(re.compile(text))


# Chromium takes a second or two to start.
@pytest.mark.heavy
def test_browser_sends_with_its_token_and_shows_the_answer(titan, page, new_texts):
    from playwright.sync_api import expect

    requests = []
    page.on("request", lambda request: requests.append(request))
    write(page, "Is my order ready?")
    expect(page.locator("li.mine", has_text="Is my order ready?")).to_have_count(1)
    expect(page.get_by_label("Message")).to_have_value("")
    titan.receive("default", MARKUP, sender=ANA)
    expect(page.get_by_text(MARKUP, exact=True)).to_be_visible()
    assert page.evaluate("window.ran") is None
    assert new_texts() == ["Is my order ready?"]
    sent = [one for one in requests if one.url.startswith(titan.base_url) and one.method == "POST"]
    assert [one.headers["authorization"].startswith("Bearer titan_ct_") for one in sent] == [True]
    assert titan.api_key not in page.content()
    assert all(titan.api_key not in str(one.all_headers()) for one in requests)


@pytest.mark.heavy
def test_browser_gets_a_new_token_when_its_own_is_over(titan, page, new_texts):
    write(page, "before")
    assert eventually(new_texts, page) == ["before"]
    titan.advance(1000)
    says(page, "^$")
    write(page, "after")
    eventually(lambda: new_texts() == ["before", "after"], page)


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("fault", "told", "sent"),
    [
        ({"cut": "after"}, "It is unclear", 1),
        ({"status": 502}, "It is unclear", 0),
        ({"status": 429}, "It was not sent: you write too much", 0),
        ({"status": 403}, "It was not sent: ", 0),
    ],
)
def test_browser_says_what_became_of_a_message_that_failed_and_does_not_repeat_it(
    titan, page, new_texts, fault, told, sent
):
    titan.fail("messages.send", **fault)
    write(page, "Hi")
    says(page, told)
    assert page.get_by_label("Message").input_value() == "Hi", "it can be sent once more"
    assert len(new_texts()) == sent


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"status": 403, "body": "<h1>Blocked</h1>", "content_type": "text/html"}, "It was not sent: 403"),
        ({"status": 413, "body": ""}, "It was not sent: 413"),
        ({"status": 502, "body": "<h1>Bad gateway</h1>"}, "It is unclear"),
    ],
)
def test_answer_of_a_proxy_is_told_as_what_it_is(page, new_texts, answer, told):
    headers = {"Access-Control-Allow-Origin": "*"}
    page.route("**/messages/send", lambda route: route.fulfill(headers=headers, **answer))
    write(page, "Hi")
    says(page, told)
    assert new_texts() == []


@pytest.mark.heavy
def test_page_of_another_origin_cannot_send(page, address, new_texts):
    page.goto(address.replace("127.0.0.1", "localhost"))
    write(page, "Hi")
    says(page, "It was not sent: origin is not allowed")
    assert new_texts() == []


@pytest.mark.parametrize("after", ["9" * 5000, "-1", "²", "x", "1 OR 1=1", ""])
def test_place_to_go_on_from_that_is_none_is_the_beginning(visitor, after):
    answer = visitor.get("/messages", params={"after": after})
    assert answer.status_code == 200
    assert isinstance(answer.json(), list)


def test_page_cannot_be_framed(visitor):
    assert visitor.get("/").headers["Content-Security-Policy"] == "frame-ancestors 'none'"
