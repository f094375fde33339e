"""Answer no message twice, and lose none while the account is banned or offline.

`python examples/careful_bot_rehearsal.py` shows it on a local Titan, without an account or a phone. Where it
is unclear whether an answer was sent, it is not sent again. What the bot has answered it remembers in memory,
for one process.
"""

import contextlib
import threading
from typing import Dict, Set

from titan import ConflictError, TitanClient, TitanError, WebhookRouter, jid
from titan.types_gen import MessageReceivedEvent, SessionConnectedEvent
from titan.webhooks import RecentEvents


class CarefulBot:
    """Serve `router` where a webhook posts `message.received` and `session.connected` to."""

    def __init__(self, client: TitanClient, session: str, secret: str) -> None:
        self.client, self.session = client, session
        # Handlers run side by side, each in a thread.
        self.lock = threading.Lock()
        self.answered: Set[str] = set()
        self.waiting: Dict[str, MessageReceivedEvent] = {}
        self.router = WebhookRouter(secret, seen=RecentEvents())
        self.router.on("message.received")(self.answer)
        self.router.on("session.connected")(self.answer_what_waits)

    def greet(self, number: str) -> str:
        """Write first, to the chat id by which WhatsApp knows the number."""
        chat_id = self.client.contacts.resolve(self.session, number)
        self.client.messages.send_text(self.session, chat_id, "Your order is on its way.")
        return chat_id

    def answer(self, event: MessageReceivedEvent) -> None:
        if event.payload.from_me or event.chat_id == jid.STATUS:
            return
        # One message can come in two events: `seen` knows an event by its own id only.
        message_id = str(event.payload.id or event.id)
        with self.lock:
            if message_id in self.answered:
                return
            self.answered.add(message_id)
        try:
            self.client.messages.reply(event, f"About {event.text}: soon!")
        except ConflictError:
            self.wait_for_connection(message_id, event)
            return
        except TitanError as error:
            if not error.maybe_processed:
                with self.lock:
                    self.answered.remove(message_id)
                raise  # Titan delivers the event again, and the bot tries again
        with self.lock:
            self.waiting.pop(message_id, None)

    def wait_for_connection(self, message_id: str, event: MessageReceivedEvent) -> None:
        with self.lock:
            self.answered.remove(message_id)
            self.waiting[message_id] = event
        # It may be back already, and its event handled before this one waited.
        if self.client.sessions.get(self.session).status == "CONNECTED":
            self.answer(event)

    def answer_what_waits(self, _: SessionConnectedEvent) -> None:
        with self.lock:
            events = [*self.waiting.values()]
        with contextlib.ExitStack() as all_of_them:
            for event in events:
                # Also where an answer fails; the failure comes out at the end.
                all_of_them.callback(self.answer, event)
