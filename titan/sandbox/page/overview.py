"""What the page shows: the snapshot, with what a page needs beyond it and without what none could lay out."""

from __future__ import annotations

from typing import Dict, List, Optional

from ..base.encoding import Json
from ..state import Chat, State
from ..whatsapp import snapshot

MESSAGES_AT_FIRST = 200
# A browser lays out a few thousand characters at once, and needs a minute for hundreds of thousands.
_MOST_CHARACTERS = 2_000
_MOST_CHARACTERS_OF_A_BODY = 4_000
_MOST_CHARACTERS_OF_A_LINE = 400


def take(state: State, session_name: str, chat_id: str, most_messages: int) -> Json:
    """Show the state, with one session and one chat of it open.

    Args:
        state: What is shown.
        session_name: The open session; there need not be one of that name.
        chat_id: The open chat; there need not be one with that id.
        most_messages: How many messages of the chat, the newest ones; at least 1.

    Returns:
        The snapshot. Of a long text it has the beginning, and how many characters were left out.
    """
    shown = snapshot.take(state, session_name, chat_id, max(most_messages, 1))
    chat = _find_chat(state, session_name, shown["openChat"])
    for message in shown["messages"]:
        _shorten(message, "text", _MOST_CHARACTERS)
        if message["quoted"] is not None:
            _shorten(message["quoted"], "text", _MOST_CHARACTERS_OF_A_LINE)
        if chat is not None and message["poll"] is not None:
            sent = chat.messages[message["id"]]
            message["poll"]["multipleAnswers"] = bool(sent.request.get("multipleAnswers"))
            message["poll"]["choices"] = dict(sent.votes)
    for one in shown["chats"]:
        if one["last"] is not None:
            _shorten(one["last"], "text", _MOST_CHARACTERS_OF_A_LINE)
    for delivery in shown["deliveries"]:
        _shorten(delivery, "body", _MOST_CHARACTERS_OF_A_BODY)
    earlier = 0 if chat is None else len(chat.messages) - len(shown["messages"])
    return {
        **shown,
        "earlierMessages": earlier,
        "apiKey": state.first_key.key,
        "warnings": state.warnings,
    }


def find_text(state: State, of: Dict[str, str]) -> Optional[str]:
    """Find a whole text of which `take` shows the beginning.

    Args:
        state: Where it is.
        of: The `session`, `chat` and `message` that it is the text of, or the `delivery` whose body it is.

    Returns:
        The text; None when it is not there any more.
    """
    if "delivery" in of:
        bodies: List[bytes] = [one.body for one in state.deliveries if str(one.id) == of["delivery"]]
        return bodies[0].decode("ascii") if bodies else None
    chat = _find_chat(state, of.get("session", ""), of.get("chat"))
    message = None if chat is None else chat.messages.get(of.get("message", ""))
    return None if message is None or message.deleted else message.text


def _find_chat(state: State, session_name: str, chat_id: Optional[str]) -> Optional[Chat]:
    session = state.sessions.get(session_name)
    return None if session is None else session.account.chats.get(chat_id or "")


def _shorten(shown: Json, name: str, most: int) -> None:
    text = shown[name]
    if text is not None and len(text) > most:
        shown[name] = text[:most]
        shown["charactersLeftOut"] = len(text) - most
