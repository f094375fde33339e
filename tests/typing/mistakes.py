"""What users get wrong. The type checkers must report each line marked `# error`.

Never run, nor part of the plain runs of the type checkers. tests/project/test_typing.py
compares what they say.
"""

import io
from typing import Any, Mapping

from titan import TitanClent  # error
from titan import verify_webhooks  # error
from titan import TitanClient, jid, verify_webhook
from titan.types_gen import SessionState  # error
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
    TitanClient(url="https://api.example.com")  # error
    TitanClient("https://api.example.com", "titan_...", "titan_ct_...")  # error
    TitanClient(api_key=b"titan_...")  # error
    TitanClient(timeout="5")  # error
    TitanClient(headers={"X-Trace": 1})  # error
    TitanClient(http_client="https://proxy.example.com")  # error
    client.with_options(retries=3)  # error
    client.with_options(api_key="titan_...")  # error
    client.with_options(timeout="5")  # error
    client.with_options(max_retries=None)  # error
    client.with_options(5)  # error


def names(client: TitanClient) -> None:
    client.session.get("s")  # error
    client.clientTokens.get_rules("s")  # error
    client.sessions.fetch("s")  # error
    client.messages.sendFile("s", CHAT, "a.png")  # error
    client.sessions.get("s").state  # error
    client.sessions.get("s").statusReason  # error
    client.sessions.list().name  # error
    client.sessions.list()["name"]  # error
    client.messages.send("s", TextMessage(chat_id=CHAT, text="Hi")).sentAt  # error
    client.with_response(client.sessions.list).json  # error
    client.submit(client.sessions.start, "s").name  # error
    SessionStatus.ONLINE  # error
    jid.phone("+5511999999999")  # error


def arguments(client: TitanClient) -> None:
    client.sessions.get()  # error
    client.sessions.get(5)  # error
    client.sessions.get("s", "t")  # error
    client.sessions.get(name="s")  # error
    client.sessions.delete(["s"])  # error
    client.webhooks.get(None)  # error
    client.pairing.wait("s", print)  # error
    client.pairing.wait("s", on_qr="show")  # error
    client.messages.send_file("s", CHAT, b"bytes")  # error
    client.messages.send_file("s", CHAT, "a.png", title="Look")  # error
    client.messages.send_file("s", CHAT, "a.png", type="picture")  # error
    client.messages.send_file("s", CHAT, io.StringIO())  # error
    client.messages.send_text("s", CHAT, "Hi", quoted_message={"chatId": CHAT})  # error
    client.messages.send_text("s", CHAT, "Hi", quote="3EB0")  # error
    client.messages.send_voice("s", CHAT, "a.ogg", ptt=True)  # error
    client.media.download_to("s", "med_1", b"a.png")  # error
    client.media.download_to("s", "med_1", io.StringIO())  # error
    verify_webhook({"event": "message.received"}, "sha256=00", "secret")  # error
    verify_webhook(b"{}", "sha256=00")  # error
    verify_webhook(b"{}", "sha256=00", None)  # error
    jid.user(5511999999999)  # error


def payloads(client: TitanClient, anything: Mapping[str, Any]) -> None:
    client.messages.send("s", "Hello!")  # error
    client.messages.send("s")  # error
    client.messages.send({"chatId": CHAT, "type": "text", "text": "Hi"})  # error
    client.messages.send("s", {"chatId": CHAT, "type": "text"})  # error
    client.messages.send("s", {"chatId": CHAT, "text": "Hi"})  # error
    client.messages.send("s", {"chatId": CHAT, "type": "txt", "text": "Hi"})  # error
    client.messages.send("s", {"chatId": CHAT, "type": "text", "text": 5})  # error
    client.messages.send("s", {"chat_id": CHAT, "type": "text", "text": "Hi"})  # error
    client.messages.send("s", {"chatId": CHAT, "type": "text", "text": "Hi", "caption": "?"})  # error
    client.messages.send("s", {"chatId": CHAT, "type": "file", "url": "https://example.com"})  # error
    client.messages.send("s", {"chatId": CHAT, "type": "text", "text": "Hi", "mentionz": []})  # error
    client.messages.send("s", anything)  # error
    client.messages.edit("s", {"chatId": CHAT, "messageId": "m", "txt": "Hi"})  # error
    client.messages.seen("s", {"jid": CHAT})  # error
    client.messages.seen("s", anything)  # error
    client.webhooks.update("w", {"event": ["*"]})  # error
    client.webhooks.update("w", {"events": "*"})  # error
    client.webhooks.create({"url": "u", "retries": {"delay": 5}})  # error
    client.webhooks.create({"url": "u", "events": [5]})  # error
    client.groups.update_subject("s", "g", {"name": "Team"})  # error
    client.groups.promote("s", "g", anything)  # error
    client.profile.update_name("s", {"nam": "Me"})  # error
    client.chats.mute("s", CHAT, {"seconds": 60})  # error
    client.contacts.check("s", {"phones": ["+5511999999999"]})  # error
    client.messages.send("s", [TextMessage(chat_id=CHAT, text="Hi")])  # error
    client.messages.send("s", CreateSessionRequest(name="s"))  # error
    client.messages.typing("s", {"chatId": CHAT, "state": "dancing"})  # error
    client.presence.set("s", {"presence": SessionStatus.CONNECTED})  # error
    client.sessions.create({"name": "s", "begin": True})  # error
    client.sessions.create({"start": True})  # error
    client.sessions.create(name="s")  # error
    client.sessions.create(anything)  # error
    client.labels.assign("s", "1", {"chatIds": CHAT})  # error
    client.groups.create("s", {"name": "Team", "participants": "everybody"})  # error
    client.account_keys.create({"label": "l", "lifetimeDays": "30", "scopes": []})  # error
    client.contacts.check("s", ["+5511999999999"])  # error


def models() -> None:
    TextMessage(chat_id=CHAT)  # error
    TextMessage(chat_id=CHAT, text=5)  # error
    TextMessage(chat_id=CHAT, text="Hi", type="image")  # error
    TextMessage(CHAT, "Hi")  # error


# Each of these is also reported by mypy with pydantic's plugin.
def misspelt_fields() -> None:
    TextMessage(chat_id=CHAT, text="Hi", mentionz=[CHAT])  # error
    TextMessage(chatId=CHAT, text="Hi")  # error
    ImageMessage(chat_id=CHAT, url="https://example.com", captoin="Look")  # error
    PollMessage(chat_id=CHAT, question="?", options=["a", "b"], multipleAnswers=True)  # error
    CreateSessionRequest(name="s", begin=True)  # error
    CreateWebhookRequest(url="https://example.com", event=["message.received"])  # error
    WebhookRetries(attempts=3, delay=5)  # error
    QuotedMessage(id="msg_1", chat=CHAT)  # error


def same_call_differently(client: TitanClient) -> None:
    client.submit("messages.send", "s", {"chatId": CHAT})  # error
    client.submit(client.messages.send("s", TextMessage(chat_id=CHAT, text="Hi")))  # error
    client.submit(client.messages, "s")  # error
    client.submit(client.sessions.start)  # error
    client.submit(client.sessions.start, 5)  # error
    client.submit(client.messages.send, "s", {"chatId": CHAT, "type": "text"})  # error
    client.with_response(client.sessions.get)  # error
    client.with_response(client.sessions.get, session=5)  # error
    client.request("GET")  # error
    client.request("GET", "/api/sessions", body={})  # error
