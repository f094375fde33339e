"""See how a bot takes what WhatsApp does: strangers, wrong digits, a ban, a burst, events twice.

    python examples/careful_bot_rehearsal.py

It needs the extra `sandbox`, and neither an account nor a phone.
"""

from collections import Counter
from typing import Callable, List, Optional

from careful_bot import CarefulBot

from titan import NotOnWhatsAppError, TitanClient
from titan.sandbox import Sandbox
from titan.types_gen import MessageReceivedEvent

SESSION = "default"
BRUNO = "+55 85 98888-7777"  # in Fortaleza, WhatsApp knows most numbers without the ninth digit
NOBODY = "+55 11 90000-0000"
ANA = "123456789012345@lid"  # a stranger: her number is not known


class RehearsedBot(CarefulBot):
    disturb: Optional[Callable[[], object]] = None
    """What happens just before its next answer."""

    def answer(self, event: MessageReceivedEvent) -> None:
        disturb, self.disturb = self.disturb, None
        if disturb is not None:
            disturb()
        super().answer(event)


def rehearse(titan: Sandbox, bot: RehearsedBot) -> bool:
    written: List[str] = []

    def write(text: str, sender: str) -> None:
        written.append(titan.receive(SESSION, text, sender=sender)["id"])

    def answers() -> "Counter[str]":
        quoted = (one["request"].get("quotedMessage") for one in titan.messages)
        return Counter(one["id"] for one in quoted if one)

    print("Bruno's chat id is", bot.greet(BRUNO))
    try:
        bot.greet(NOBODY)
    except NotOnWhatsAppError as error:
        print(error)

    write("prices", ANA)
    write("my order", BRUNO)
    titan.wait_for_deliveries()
    print("Answered:", sum(answers().values()), "of", len(written))

    bot.disturb = lambda: titan.ban(SESSION, 3600)
    write("a refund", BRUNO)
    titan.wait_for_deliveries()
    for number in range(1, 4):
        write(f"question {number}", BRUNO)
    print("Banned:", bot.client.sessions.start(SESSION).status_reason)
    print("Answered:", sum(answers().values()), "of", len(written))

    titan.advance(3600)  # the ban is over, and what came meanwhile comes at once, in no order
    titan.disorder_events(["message.received"], 3)
    bot.client.sessions.start(SESSION)
    titan.wait_for_deliveries()
    last = next(one for one in reversed(titan.deliveries) if one["event"] == "message.received")
    titan.redeliver(last["id"], as_new_event=True)  # and one of it twice
    titan.wait_for_deliveries()
    once = answers() == Counter(written)
    print("Answered:", sum(answers().values()), "of", len(written))
    print("Each of them once:", "yes" if once else "no")
    return once


def main() -> bool:
    with Sandbox() as titan, TitanClient(titan.base_url, titan.api_key) as client:
        titan.connect(SESSION)
        bot = RehearsedBot(client, SESSION, "a-secret-of-yours")
        with titan.subscribe(bot.router):
            return rehearse(titan, bot)


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
