"""What users get wrong. Each line marked `# error:` must be reported by the type checkers that it names.

Never run, nor part of the plain runs of the type checkers: tests/test_typing.py compares what they say.
"""

import io
from typing import Any, Mapping

from titan import TitanClent  # error: both
from titan import verify_webhooks  # error: both
from titan import TitanClient, jid, verify_webhook
from titan.types_gen import SessionState  # error: both
from titan.types_gen import (
    CreateSessionRequest,
    CreateWebhookRequest,
    ImageMessage,
    PollMessage,
    QuotedMessage,
    SessionStatus,
    TextMessage,
    WebhookRetries,
)

CHAT = "5511999999999@s.whatsapp.net"


def configuration(client: TitanClient) -> None:
    TitanClient(url="https://api.example.com")  # error: both
    TitanClient("https://api.example.com", "titan_...", "titan_ct_...")  # error: both
    TitanClient(api_key=b"titan_...")  # error: both
    TitanClient(timeout="5")  # error: both
    TitanClient(headers={"X-Trace": 1})  # error: both
    TitanClient(http_client="https://proxy.example.com")  # error: both
    client.with_options(retries=3)  # error: both
    client.with_options(api_key="titan_...")  # error: both
    client.with_options(timeout="5")  # error: both
    client.with_options(max_retries=None)  # error: both
    client.with_options(5)  # error: both


def names(client: TitanClient) -> None:
    client.session.get("s")  # error: both
    client.clientTokens.get_rules("s")  # error: both
    client.sessions.fetch("s")  # error: both
    client.messages.sendFile("s", CHAT, "a.png")  # error: both
    client.sessions.get("s").state  # error: both
    client.sessions.get("s").statusReason  # error: both
    client.sessions.list().name  # error: both
    client.sessions.list()["name"]  # error: both
    client.messages.send("s", TextMessage(chat_id=CHAT, text="Hi")).sentAt  # error: both
    client.with_response(client.sessions.list).json  # error: both
    client.submit(client.sessions.start, "s").name  # error: both
    SessionStatus.ONLINE  # error: both
    jid.phone("+5511999999999")  # error: both


def arguments(client: TitanClient) -> None:
    client.sessions.get()  # error: both
    client.sessions.get(5)  # error: both
    client.sessions.get("s", "t")  # error: both
    client.sessions.get(name="s")  # error: both
    client.sessions.delete(["s"])  # error: both
    client.webhooks.get(None)  # error: both
    client.pairing.wait("s", print)  # error: both
    client.pairing.wait("s", on_qr="show")  # error: both
    client.messages.send_file("s", CHAT, b"bytes")  # error: both
    client.messages.send_file("s", CHAT, "a.png", title="Look")  # error: both
    client.messages.send_file("s", CHAT, "a.png", type="picture")  # error: both
    client.messages.send_file("s", CHAT, io.StringIO())  # error: both
    client.messages.send_text("s", CHAT, "Hi", quoted_message={"chatId": CHAT})  # error: both
    client.messages.send_text("s", CHAT, "Hi", quote="3EB0")  # error: both
    client.messages.send_voice("s", CHAT, "a.ogg", ptt=True)  # error: both
    client.media.download_to("s", "med_1", b"a.png")  # error: both
    client.media.download_to("s", "med_1", io.StringIO())  # error: both
    verify_webhook({"event": "message.received"}, "sha256=00", "secret")  # error: both
    verify_webhook(b"{}", "sha256=00")  # error: both
    verify_webhook(b"{}", "sha256=00", None)  # error: both
    jid.user(5511999999999)  # error: both


def payloads(client: TitanClient, anything: Mapping[str, Any]) -> None:
    client.messages.send("s", "Hello!")  # error: both
    client.messages.send("s")  # error: both
    client.messages.send({"chatId": CHAT, "type": "text", "text": "Hi"})  # error: both
    client.messages.send("s", {"chatId": CHAT, "type": "text"})  # error: both
    client.messages.send("s", {"chatId": CHAT, "text": "Hi"})  # error: both
    client.messages.send("s", {"chatId": CHAT, "type": "txt", "text": "Hi"})  # error: both
    client.messages.send("s", {"chatId": CHAT, "type": "text", "text": 5})  # error: both
    client.messages.send("s", {"chat_id": CHAT, "type": "text", "text": "Hi"})  # error: both
    client.messages.send("s", {"chatId": CHAT, "type": "text", "text": "Hi", "caption": "?"})  # error: both
    client.messages.send("s", {"chatId": CHAT, "type": "file", "url": "https://example.com"})  # error: both
    client.messages.send("s", {"chatId": CHAT, "type": "text", "text": "Hi", "mentionz": []})  # error: both
    client.messages.send("s", anything)  # error: both
    client.messages.edit("s", {"chatId": CHAT, "messageId": "m", "txt": "Hi"})  # error: both
    client.messages.seen("s", {"jid": CHAT})  # error: both
    client.messages.seen("s", anything)  # error: both
    client.webhooks.update("w", {"event": ["*"]})  # error: both
    client.webhooks.update("w", {"events": "*"})  # error: both
    client.webhooks.create({"url": "u", "retries": {"delay": 5}})  # error: both
    client.webhooks.create({"url": "u", "events": [5]})  # error: both
    client.groups.update_subject("s", "g", {"name": "Team"})  # error: both
    client.groups.promote("s", "g", anything)  # error: both
    client.profile.update_name("s", {"nam": "Me"})  # error: both
    client.chats.mute("s", CHAT, {"seconds": 60})  # error: both
    client.contacts.check("s", {"phones": ["+5511999999999"]})  # error: both
    client.messages.send("s", [TextMessage(chat_id=CHAT, text="Hi")])  # error: both
    client.messages.send("s", CreateSessionRequest(name="s"))  # error: both
    client.messages.typing("s", {"chatId": CHAT, "state": "dancing"})  # error: both
    client.presence.set("s", {"presence": SessionStatus.CONNECTED})  # error: both
    client.sessions.create({"name": "s", "begin": True})  # error: both
    client.sessions.create({"start": True})  # error: both
    client.sessions.create(name="s")  # error: both
    client.sessions.create(anything)  # error: both
    client.labels.assign("s", "1", {"chatIds": CHAT})  # error: both
    client.groups.create("s", {"name": "Team", "participants": "everybody"})  # error: both
    client.account_keys.create({"label": "l", "lifetimeDays": "30", "scopes": []})  # error: both
    client.contacts.check("s", ["+5511999999999"])  # error: both


def models() -> None:
    TextMessage(chat_id=CHAT)  # error: both
    TextMessage(chat_id=CHAT, text=5)  # error: both
    TextMessage(chat_id=CHAT, text="Hi", type="image")  # error: both
    TextMessage(CHAT, "Hi")  # error: both


# Each of these is also reported by mypy with pydantic's plugin.
def misspelt_fields() -> None:
    TextMessage(chat_id=CHAT, text="Hi", mentionz=[CHAT])  # error: both
    TextMessage(chatId=CHAT, text="Hi")  # error: both
    ImageMessage(chat_id=CHAT, url="https://example.com", captoin="Look")  # error: both
    PollMessage(chat_id=CHAT, question="?", options=["a", "b"], multipleAnswers=True)  # error: both
    CreateSessionRequest(name="s", begin=True)  # error: both
    CreateWebhookRequest(url="https://example.com", event=["message.received"])  # error: both
    WebhookRetries(attempts=3, delay=5)  # error: both
    QuotedMessage(id="msg_1", chat=CHAT)  # error: both


def same_call_differently(client: TitanClient) -> None:
    client.submit("messages.send", "s", {"chatId": CHAT})  # error: both
    client.submit(client.messages.send("s", TextMessage(chat_id=CHAT, text="Hi")))  # error: both
    client.submit(client.messages, "s")  # error: both
    client.submit(client.sessions.start)  # error: both
    client.submit(client.sessions.start, 5)  # error: both
    client.submit(client.messages.send, "s", {"chatId": CHAT, "type": "text"})  # error: both
    client.with_response(client.sessions.get)  # error: both
    client.with_response(client.sessions.get, session=5)  # error: both
    client.request("GET")  # error: both
    client.request("GET", "/api/sessions", body={})  # error: both
