"""The restriction of accounts that wrote to too many strangers: WhatsApp calls it reach-out time-lock."""

from __future__ import annotations

from ...base import jids
from ...base.errors import SandboxError
from ...state import Session, State

_SECONDS = 24 * 3600
"""How long an account is restricted that has written to too many people who are not there."""


def restrict(state: State, jid: str, seconds: float) -> None:
    """Restrict an account for some time from now; 0 ends that.

    Raises:
        SandboxError: 400, when that is too far away.
    """
    state.restrictions[jid] = state.clock.add_seconds(seconds, "seconds")
    state.clock.call_later(seconds, state.show_again)


def check_may_write(state: State, session: Session, chat_id: str) -> None:
    """Refuse the first message of a restricted account to a person.

    Raises:
        SandboxError: 403.
    """
    until = state.restrictions.get(session.account.jid)
    if until is not None and until > state.clock.now() and _is_stranger(session, chat_id):
        raise SandboxError(
            403,
            "WhatsApp refused the message with error 463 (reach-out time-lock): the account is restricted, "
            "and cannot write to people whom it has no chat with",
        )


def count_stranger(state: State, session: Session, chat_id: str) -> None:
    """Restrict an account that is about to write to one too many who are not on WhatsApp, if that is set."""
    limit, directory = state.settings.restrict_after, state.directory
    if limit is None or not _is_stranger(session, chat_id) or directory.has_account(chat_id):
        return
    known = session.account.chats
    if sum(jids.is_person(one) and not directory.has_account(one) for one in known) + 1 >= limit:
        restrict(state, session.account.jid, _SECONDS)


def _is_stranger(session: Session, chat_id: str) -> bool:
    account = session.account
    return jids.is_person(chat_id) and chat_id != account.jid and chat_id not in account.chats
