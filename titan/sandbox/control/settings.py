"""Changing settings, moving the clock, starting from scratch."""

from __future__ import annotations

from typing_extensions import Unpack

from ..base.settings import Options
from .routes import ControlBase, Seconds, route


class SettingsControls(ControlBase):
    """Calls about the sandbox as a whole."""

    @route("POST", "/sandbox/settings", checks_itself=True)
    def configure(self, /, **options: Unpack[Options]) -> None:
        """Change settings until the next reset. Also `POST /sandbox/settings`.

        Args:
            **options: What to change; the same as for `Sandbox`.

        Raises:
            SandboxError: There is no such setting, or it cannot have this value.
        """
        self._state.settings = self._state.settings.change(options)

    @route("POST", "/sandbox/clock")
    def advance(self, seconds: Seconds) -> None:
        """Move the clock forward; what falls due happens. Also `POST /sandbox/clock`.

        Args:
            seconds: How far.

        Raises:
            SandboxError: `seconds` is negative, or too many.
        """
        self._state.clock.advance(seconds)

    @route("POST", "/sandbox/reset")
    def reset(self) -> None:
        """Forget everything but `api_key`. Also `POST /sandbox/reset`."""
        self._state.reset()
        self._faults.pending.clear()
        self._dispatcher.abort()
