"""All of it together: a program of examples/, its webhook, the SDK, and the page that a person looks at."""

import pytest

from tests.support.examples import SECRET, documented, running
from titan import TitanClient

pytestmark = pytest.mark.slow

GROUP = "120363012345678901@g.us"


@pytest.fixture
def shop(sandbox):
    sandbox.connect("shop")
    return sandbox


@pytest.fixture
def bot(shop, tmp_path):
    """The echo bot as its docstring says to run it, with a webhook that leads to it."""
    variables = {
        "TITAN_BASE_URL": shop.base_url,
        "TITAN_API_KEY": shop.api_key,
        "TITAN_WEBHOOK_SECRET": SECRET,
    }
    with running(lambda port: documented("echo_bot"), tmp_path, **variables) as program:
        with TitanClient(shop.base_url, shop.api_key) as client:
            url = f"http://127.0.0.1:{program.port}/"
            client.webhooks.create({"url": url, "hmacKey": SECRET, "events": ["message.received"]})
        yield program


def texts(sandbox, chat_id):
    return [(one["fromMe"], one["text"]) for one in sandbox.chat("shop", chat_id)["messages"]]


def test_echo_bot_answers_what_comes_in(bot, shop, tmp_path):
    shop.receive("shop", "Anybody there?", sender="+55 11 99999-9999")
    shop.wait_for_deliveries()
    shop.receive("shop", "And here?", sender="+55 11 98888-7777", group=GROUP)
    picture = shop.receive("shop", "Look!", sender="+55 11 99999-9999", media=b"\x89PNG\r\n\x1a\n")["media"]
    shop.wait_for_deliveries()

    file = f"{picture['id']}.png"
    assert texts(shop, "5511999999999@s.whatsapp.net") == [
        (False, "Anybody there?"),
        (True, "Anybody there?"),
        (False, "Look!"),
        (True, f"Look! (8 bytes, kept as {file})"),
    ]
    assert texts(shop, GROUP) == [(False, "And here?"), (True, "And here?")]
    assert (tmp_path / file).read_bytes() == b"\x89PNG\r\n\x1a\n"
    assert [one["status"] for one in shop.deliveries] == ["delivered"] * 3


def test_echo_bot_is_seen_answering_on_the_page(bot, shop, visit):
    from playwright.sync_api import expect

    page = visit()
    page.get_by_role("link", name="shop").click()
    page.get_by_role("button", name="Write as a new contact").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Phone number").fill("+55 11 99999-9999")
    dialog.get_by_label("Name").fill("Ada")
    dialog.get_by_label("Message").fill("Hello, bot!")
    dialog.get_by_role("button", name="Send").click()

    answers = page.locator(".message", has=page.get_by_text("Hello, bot!", exact=True))
    expect(answers).to_have_count(2)
    expect(answers.last.get_by_role("img", name="Read")).to_be_visible()
    expect(page.get_by_role("region", name="Webhook deliveries")).to_contain_text("delivered: 200")
    assert texts(shop, "5511999999999@s.whatsapp.net") == [(False, "Hello, bot!"), (True, "Hello, bot!")]
