"""Answer simple questions, and hand a chat to a person: on request, or where the bot does not understand.

    python examples/support_bot.py
    TITAN_BASE_URL=... TITAN_API_KEY=... python examples/support_bot.py https://bot.example.com/titan

The first line plays a short scene on a local Titan, and needs the extra `sandbox`. The second serves the
address that it is given, on its port 8000 (PORT), and creates the webhook. The person answers on the
account's own phone. While the person is active, the bot is silent; it takes over again half an hour after
the last message of the person, or at once after one that ends with #bot.

What it knows stands in support-bot.db, and survives a restart. Each message is answered once at most: where
it is unclear whether an answer was sent, the chat is handed to the person, who sees what was.
"""

import os
import secrets
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any, List, Tuple
from wsgiref.simple_server import make_server

from titan import TitanClient, TitanError, WebhookRouter, jid
from titan.types_gen import MessageReceivedEvent

SESSION = os.environ.get("TITAN_SESSION", "default")
ANSWERS = {
    "open": "We are open from 9 to 18, Monday to Friday.",
    "price": "You find all prices at https://example.com/prices.",
    "hello": "Hello! Ask me when we are open, or for our prices. For a person, write: person",
}
FOR_A_PERSON = ("person", "human")
NOT_UNDERSTOOD = "I did not understand that. For a person, write: person"
HANDED_OVER = "A person will answer you here soon."
OWN_TEXTS = {*ANSWERS.values(), NOT_UNDERSTOOD, HANDED_OVER}
MISUNDERSTANDINGS = 2
SECONDS_OF_SILENCE = 30 * 60
TABLES = """
CREATE TABLE IF NOT EXISTS chats (id TEXT PRIMARY KEY, person_until REAL NOT NULL DEFAULT 0,
    misunderstood INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS messages (id TEXT PRIMARY KEY, chat_id TEXT NOT NULL, at REAL NOT NULL,
    answered INTEGER NOT NULL DEFAULT 0);
"""


class Memory:
    """What the bot knows of chats and messages, in a file."""

    def __init__(self, path: str) -> None:
        self._path = path
        with closing(sqlite3.connect(path)) as database:
            database.executescript(TABLES)
        self._change("DELETE FROM messages WHERE at < ?", time.time() - 30 * 24 * 3600)
        # Of a process that ended in the middle: nobody knows whether these were answered.
        for (message_id,) in self._select("SELECT id FROM messages WHERE NOT answered"):
            self.hand_over_unclear(message_id)

    def claim(self, message_id: str, chat_id: str, at: float) -> bool:
        """One message can come in several events, and in several threads: one of them gets it."""
        insert = "INSERT OR IGNORE INTO messages (id, chat_id, at) VALUES (?, ?, ?)"
        return self._change(insert, message_id, chat_id, at) == 1

    def note_answered(self, message_id: str) -> None:
        self._change("UPDATE messages SET answered = 1 WHERE id = ?", message_id)

    def release(self, message_id: str) -> None:
        self._change("DELETE FROM messages WHERE id = ?", message_id)

    def hand_over_unclear(self, message_id: str) -> None:
        ((chat_id, at),) = self._select("SELECT chat_id, at FROM messages WHERE id = ?", message_id)
        self.hand_over(chat_id, at)
        self.note_answered(message_id)

    def hand_over(self, chat_id: str, at: float) -> None:
        print("A person is needed in a chat.")
        self.keep_silent(chat_id, at)

    def keep_silent(self, chat_id: str, at: float) -> None:
        self.set_misunderstandings(chat_id, 0)
        later = "UPDATE chats SET person_until = max(person_until, ?) WHERE id = ?"
        self._change(later, at + SECONDS_OF_SILENCE, chat_id)

    def hand_back(self, chat_id: str) -> None:
        self._change("UPDATE chats SET person_until = 0 WHERE id = ?", chat_id)

    def is_with_person(self, chat_id: str, at: float) -> bool:
        return bool(self._select("SELECT 1 FROM chats WHERE id = ? AND person_until > ?", chat_id, at))

    def get_misunderstandings(self, chat_id: str) -> int:
        rows = self._select("SELECT misunderstood FROM chats WHERE id = ?", chat_id)
        return int(rows[0][0]) if rows else 0

    def set_misunderstandings(self, chat_id: str, times: int) -> None:
        self._change("INSERT OR IGNORE INTO chats (id) VALUES (?)", chat_id)
        self._change("UPDATE chats SET misunderstood = ? WHERE id = ?", times, chat_id)

    def _change(self, statement: str, *values: object) -> int:
        with closing(sqlite3.connect(self._path, timeout=30)) as database, database:
            return database.execute(statement, values).rowcount

    def _select(self, statement: str, *values: object) -> List[Any]:
        with closing(sqlite3.connect(self._path, timeout=30)) as database:
            return database.execute(statement, values).fetchall()


class SupportBot:
    def __init__(self, client: TitanClient, secret: str, memory: Memory) -> None:
        self._client, self._memory = client, memory
        self.router = WebhookRouter(secret)
        self.router.on("message.received")(self.receive)

    def receive(self, event: MessageReceivedEvent) -> None:
        message, chat_id = event.payload, event.chat_id
        if chat_id is None or chat_id == jid.STATUS or message.is_group:
            return
        # The time of the message, not of its arrival: many come at once when the phone is back.
        at = float(message.timestamp or time.time())
        if message.from_me:
            self._note_own_message(chat_id, event.text or "", at)
        elif not self._memory.is_with_person(chat_id, at):
            self._answer(event, str(message.id or event.id), chat_id, at)

    def _note_own_message(self, chat_id: str, text: str, at: float) -> None:
        if text.rstrip().endswith("#bot"):
            self._memory.hand_back(chat_id)
        elif text not in OWN_TEXTS:  # or the bot would take itself for the person
            self._memory.keep_silent(chat_id, at)

    def _answer(self, event: MessageReceivedEvent, message_id: str, chat_id: str, at: float) -> None:
        # Before the claim: what fails behind it would not be answered when Titan delivers it again.
        answer, misunderstandings = self._choose((event.text or "").lower(), chat_id)
        if not self._memory.claim(message_id, chat_id, at):
            return
        try:
            self._client.messages.reply(event, answer)
        except TitanError as error:
            if not error.maybe_processed:
                self._memory.release(message_id)
                raise  # Titan delivers the event again, and the bot tries again
            self._memory.hand_over_unclear(message_id)
            return
        if answer == HANDED_OVER:
            self._memory.hand_over(chat_id, at)
        else:
            self._memory.set_misunderstandings(chat_id, misunderstandings)
        self._memory.note_answered(message_id)

    def _choose(self, text: str, chat_id: str) -> Tuple[str, int]:
        """An answer, and how many messages in a row were not understood."""
        if any(word in text for word in FOR_A_PERSON):
            return HANDED_OVER, 0
        for word, answer in ANSWERS.items():
            if word in text:
                return answer, 0
        times = self._memory.get_misunderstandings(chat_id) + 1
        return HANDED_OVER if times == MISUNDERSTANDINGS else NOT_UNDERSTOOD, times


def subscribe(client: TitanClient, url: str) -> str:
    """Create the webhook, or give the one of an earlier start a new key; returns the key."""
    key = secrets.token_urlsafe(32)
    known = [one.id for one in client.webhooks.list() if one.url == url]
    if known:
        client.webhooks.update(known[0], {"hmacKey": key})
    else:
        client.webhooks.create(
            {"url": url, "session": SESSION, "events": ["message.received"], "hmacKey": key}
        )
    return key


def rehearse() -> int:
    from titan.sandbox import Sandbox

    ana = "5511988887777@s.whatsapp.net"
    with tempfile.TemporaryDirectory() as folder, Sandbox() as titan:
        titan.connect(SESSION)

        def play(*lines: str) -> None:
            """Each time with a new bot, as after a restart."""
            with TitanClient(titan.base_url, titan.api_key) as client:
                bot = SupportBot(client, "a-secret-of-yours", Memory(str(Path(folder, "support-bot.db"))))
                with titan.subscribe(bot.router):
                    for line in lines:
                        who, _, text = line.partition(": ")
                        if who == "Ana":
                            titan.receive(SESSION, text, sender=ana)
                        else:
                            titan.send_from_phone(SESSION, ana, text)
                        titan.wait_for_deliveries()

        play("Ana: Hello!", "Ana: When do you open?", "Ana: My parcel is wet.", "Ana: And it smells.")
        play("You: I am sorry! A new one is on its way.", "Ana: Thank you. What is its price?")
        play("You: You do not pay again. Anything else? #bot", "Ana: No. When do you open?")
        play("Ana: A person, please.", "Ana: Are you there?")
        titan.advance(SECONDS_OF_SILENCE)
        play("Ana: Hello?")
        of_the_bot = {one["id"] for one in titan.messages}
        for one in titan.chat(SESSION, ana)["messages"]:
            who = "Bot" if one["id"] in of_the_bot else "You" if one["fromMe"] else "Ana"
            print(f"{who}: {one['text']}")
    return 0 if len(of_the_bot) == 7 else 1


def main() -> int:
    if "TITAN_BASE_URL" not in os.environ:
        return rehearse()
    port = int(os.environ.get("PORT", "8000"))
    url = sys.argv[1] if len(sys.argv) > 1 else f"http://127.0.0.1:{port}/titan"
    with TitanClient() as client:
        bot = SupportBot(client, subscribe(client, url), Memory("support-bot.db"))
        print("Waiting for messages to", url)
        make_server("127.0.0.1", port, bot.router.wsgi_app()).serve_forever()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
