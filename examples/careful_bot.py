"""Answer each message exactly once, whatever happens to the account and its connection.

`python examples/careful_bot_rehearsal.py` shows it on a local Titan, without an account or a phone.
What it has answered it remembers in memory, for one process.
"""

from typing import Dict, Set

from titan import ConflictError, TitanClient, TitanError, WebhookRouter
from titan.types_gen import MessageReceivedEvent, SessionConnectedEvent
from titan.webhooks import RecentEvents


class CarefulBot:
    """Serve `router` where a webhook posts `message.received` and `session.connected` to."""

    def __init__(self, client: TitanClient, session: str, secret: str) -> None:
        self.client, self.session = client, session
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
        message_id = event.payload.id or ""
        # One message can come in two events: `seen` knows an event by its own id only.
        if event.payload.from_me or message_id in self.answered:
            return
        self.waiting[message_id] = event
        try:
            self.client.messages.reply(event, f"About {event.text}: soon!")
        except ConflictError:
            return  # there is no connection: it waits for the next one
        except TitanError as error:
            if not error.maybe_processed:
                raise  # Titan delivers the event again, and the bot tries again
        self.answered.add(message_id)
        del self.waiting[message_id]

    def answer_what_waits(self, _: SessionConnectedEvent) -> None:
        for event in [*self.waiting.values()]:
            self.answer(event)
