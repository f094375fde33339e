"""The recipe of a page for pairing: each visitor connects a WhatsApp of their own."""

from __future__ import annotations

import re
import sys

import httpx
import pytest

from tests.support.browser import Watch
from tests.support.examples import EXAMPLES, running


@pytest.fixture(scope="module")
def page(running_sandbox, tmp_path_factory):
    """The program, as it runs beside a Titan; gives its address."""
    command = [sys.executable, str(EXAMPLES / "pairing_page.py")]
    variables = {"TITAN_BASE_URL": running_sandbox.base_url, "TITAN_API_KEY": running_sandbox.api_key}
    with running(lambda port: command, tmp_path_factory.mktemp("page"), **variables) as program:
        yield f"http://127.0.0.1:{program.port}"


@pytest.fixture
def arrive(page, sandbox):
    """Visit the page; gives a client with the visitor's cookie."""
    opened = []

    def arrive():
        visitor = httpx.Client(base_url=page, trust_env=False)
        opened.append(visitor)
        assert "<h1>Connect WhatsApp</h1>" in visitor.get("/").text
        return visitor

    yield arrive
    for visitor in opened:
        visitor.close()


def session_of(visitor):
    return f"visitor-{visitor.cookies['visitor']}"


def status(visitor):
    return visitor.get("/state").json()["status"]


def test_program_shows_itself_on_a_local_titan(tmp_path):
    command = [sys.executable, str(EXAMPLES / "pairing_page.py")]
    with running(lambda port: command, tmp_path) as program:
        titan = re.search(r"^The phone is at (\S+)$", program.output, re.MULTILINE)[1]
        address = re.search(r"^Open (\S+)$", program.output, re.MULTILINE)[1]
        with httpx.Client(base_url=address, trust_env=False) as visitor:
            visitor.get("/")
            assert visitor.post("/connect", json={}).json()["status"] == "CONNECTING"
            httpx.post(f"{titan}/sandbox/sessions/{session_of(visitor)}/scan", json={}).raise_for_status()
            assert status(visitor) == "CONNECTED"


def test_visitor_connects_a_session_of_their_own(sandbox, arrive):
    ana, bruno = arrive(), arrive()
    assert [status(ana), status(bruno)] == ["NEW", "NEW"]
    codes = [visitor.post("/connect", json={}).json()["qr"] for visitor in (ana, bruno)]
    assert all(code.startswith("data:image/png;base64,") for code in codes)
    assert codes[0] != codes[1]
    assert ana.get("/state").json()["qr"] == codes[0]
    sandbox.scan(session_of(ana), phone_number="+5511911112222")
    assert ana.get("/state").json() == {
        "status": "CONNECTED",
        "reason": None,
        "phoneNumber": "+5511911112222",
    }
    assert status(bruno) == "CONNECTING"


def test_visitor_keeps_their_session(arrive):
    ana = arrive()
    before = session_of(ana)
    ana.post("/connect", json={})
    ana.get("/")
    assert session_of(ana) == before
    assert ana.post("/connect", json={}).json()["status"] == "CONNECTING", "a second time does no harm"


@pytest.mark.parametrize("cookie", [None, "default", "../default", "A" * 32, "a" * 31])
def test_nobody_gets_a_code_without_a_cookie_of_the_page(page, sandbox, cookie):
    cookies = {} if cookie is None else {"visitor": cookie}
    with httpx.Client(base_url=page, trust_env=False, cookies=cookies) as stranger:
        answers = [
            stranger.get("/state"),
            stranger.post("/connect", json={}),
            stranger.post("/code", json={"phoneNumber": "+55 11 99999-9999"}),
        ]
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert all("cookies" in answer.json()["problem"] for answer in answers)


def test_cookie_and_answers_are_kept_from_others(page, sandbox, arrive):
    cookie = httpx.get(page, trust_env=False).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert arrive().post("/connect", json={}).headers["cache-control"] == "no-store"


def test_code_for_the_phone_is_made_for_the_number_as_people_write_it(sandbox, arrive):
    ana = arrive()
    ana.post("/connect", json={})
    code = ana.post("/code", json={"phoneNumber": "+55 (11) 93333-4444"}).json()["code"]
    assert re.fullmatch(r"\d{8}", code)
    sandbox.scan(session_of(ana))
    assert ana.get("/state").json()["phoneNumber"] == "+5511933334444"


@pytest.mark.parametrize(
    "body", ['{"phoneNumber": "93333-4444"}', '{"phoneNumber": 5}', "{}", "[]", "no JSON", "[" * 100_000]
)
def test_number_that_is_none_is_refused_in_words(arrive, body):
    ana = arrive()
    answer = ana.post("/code", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["problem"] == "Please give the number with + and country code."


def test_code_that_comes_as_text_is_drawn(sandbox, arrive):
    sandbox.configure(qr_format="text")
    assert arrive().post("/connect", json={}).json()["qr"].startswith("data:image/png;base64,")


def test_visitor_who_did_not_scan_in_time_starts_again(sandbox, arrive):
    ana = arrive()
    ana.post("/connect", json={})
    sandbox.advance(200)
    assert ana.get("/state").json() == {"status": "DISCONNECTED", "reason": "QR_TIMEOUT"}
    assert ana.post("/connect", json={}).json()["qr"]


def test_failure_of_titan_is_told_without_its_details(sandbox, arrive):
    ana = arrive()
    sandbox.fail("sessions.get", status=401)
    answer = ana.get("/state")
    assert (answer.status_code, answer.json()) == (502, {"problem": "WhatsApp cannot be reached."})
    assert status(ana) == "NEW"


# In a browser


@pytest.fixture
def open_page(browser, page, sandbox):
    """Open the page as somebody new; it must not complain."""
    contexts, watch = [], Watch(page)

    def open_page():
        contexts.append(browser.new_context(viewport={"width": 400, "height": 800}))
        opened = contexts[-1].new_page()
        opened.set_default_timeout(10_000)
        watch.over(opened)
        opened.clock.install()
        opened.goto(page)
        return opened

    yield open_page
    for context in contexts:
        context.close()
    assert watch.complaints == []


# Chromium takes a second or two to start.
@pytest.mark.heavy
def test_page_shows_a_code_that_renews_itself_and_closes_when_the_phone_is_connected(sandbox, open_page):
    from playwright.sync_api import expect

    page, other = open_page(), open_page()
    page.get_by_role("button", name="Connect").click()
    code = page.get_by_alt_text("QR code")
    expect(code).to_be_visible()
    assert code.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    first = code.get_attribute("src")
    sandbox.advance(20)
    page.clock.run_for(2000)
    expect(code).not_to_have_attribute("src", first)

    page.get_by_label("Or link by phone number").fill("+55 11 93333-4444")
    page.get_by_role("button", name="Get a code").click()
    expect(page.locator("#code")).to_have_text(re.compile(r"^Type this on your phone: \d{8}$"))

    (session,) = [cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "visitor"]
    sandbox.scan(f"visitor-{session}")
    page.clock.run_for(2000)
    expect(page.locator("#status")).to_have_text("Connected: +5511933334444")
    expect(code).to_be_hidden()
    expect(page.get_by_role("button", name="Connect")).to_be_hidden()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(60_000)
    assert page.evaluate("fetch('/').then((answer) => answer.ok)")
    assert len(asked) == 1, "it asks no more"

    expect(other.locator("#status")).to_have_text("Your WhatsApp is not connected.")
    expect(other.get_by_alt_text("QR code")).to_be_hidden()


@pytest.mark.heavy
def test_page_says_that_the_time_is_over_and_starts_again(sandbox, open_page):
    from playwright.sync_api import expect

    page = open_page()
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_alt_text("QR code")).to_be_visible()
    sandbox.advance(200)
    page.clock.run_for(2000)
    expect(page.locator("#status")).to_have_text("Nobody scanned the code in time.")
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_alt_text("QR code")).to_be_visible()


@pytest.mark.heavy
def test_page_says_in_words_that_something_else_answered(browser, page):
    from playwright.sync_api import expect

    context = browser.new_context()
    opened = context.new_page()
    opened.route("**/state", lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
    opened.goto(page)
    expect(opened.locator("#status")).to_have_text("This server answered 502. Trying again…")
    context.close()
