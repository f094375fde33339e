"""When something reaches a session: without a connection, or over a silent one, it waits."""

from __future__ import annotations

from typing import Callable

from ...state import Session, State


def when_reachable(state: State, session: Session, action: Callable[[], None]) -> None:
    """Run an action: now, or after all that waits already, once something comes and goes again."""
    make_patient(state, session, action)()


def make_patient(state: State, session: Session, action: Callable[[], None]) -> Callable[[], None]:
    """Make an action that waits until something comes and goes over the connection.

    It never runs for another account than the session has now.
    """
    account = session.account

    def act() -> None:
        if session.account is not account or not state.has_session(session):
            return
        if session.is_reachable:
            action()
        else:
            state.put_off(account, act)

    return act
