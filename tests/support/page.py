"""The page of the sandbox in a browser: the people who write in it, and what is found on it."""

from __future__ import annotations

import time
from typing import Any, Callable, List

from tests.support.sandbox import data_of

ANA = "+5511988887777"
ANA_JID = "5511988887777@s.whatsapp.net"
BRUNO = "+5511977776666"
BRUNO_JID = "5511977776666@s.whatsapp.net"
MARKUP = '<img src=x onerror="window.ran = true"><script>window.ran = true</script>'


def send(api: Any, chat_id: str = ANA_JID, **content: Any) -> Any:
    content = content if "type" in content else {"type": "text", **content}
    return data_of(api.post("/api/messages/send", json={"session": "shop", "chatId": chat_id, **content}))


def create_group(api: Any, name: str, *members: str) -> str:
    body = {"session": "shop", "name": name, "participants": list(members)}
    return data_of(api.post("/api/sessions/shop/groups", json=body), 201)["id"]


def messages_of(sandbox: Any, chat_id: str = ANA_JID) -> List[Any]:
    return sandbox.chat("shop", chat_id)["messages"]


def eventually(look: Callable[[], Any], page: Any) -> Any:
    deadline = time.monotonic() + 10
    while not look():
        assert time.monotonic() < deadline, "it did not happen"
        page.wait_for_timeout(20)
    return look()


def bubble(page: Any, text: str) -> Any:
    return page.locator(".message", has=page.get_by_text(text, exact=True))


def composer(page: Any) -> Any:
    return page.locator("#text")


def write_as_new_contact(page: Any, phone_number: str) -> None:
    page.get_by_role("button", name="Write as a new contact").last.click()
    page.get_by_label("Phone number").fill(phone_number)
    page.get_by_label("Name", exact=True).fill("Bruno Lima")
    page.get_by_label("Message", exact=True).fill("Are you open?")
    page.get_by_role("dialog").get_by_role("button", name="Send").click()


def play(page: Any, trouble: str) -> None:
    """Choose what happens to the account of the open session."""
    page.get_by_role("button", name="Trouble").click()
    page.get_by_role("dialog", name="Trouble for").get_by_role("button", name=trouble).click()


def focused(page: Any) -> str:
    return page.evaluate("document.activeElement.textContent || document.activeElement.ariaLabel")
