"""Open pages, which look again when something has changed."""

from __future__ import annotations

from ..state import State


def tell_later(state: State, seconds: float) -> None:
    """Let open pages know, in so many seconds, that something has ended by itself."""

    def change() -> None:
        state.version += 1

    state.clock.call_later(seconds, change)
