"""`titan doctor`."""

from __future__ import annotations

import os
import sys

import click

from ..arguments import json_option
from ..failures import FAILED
from ..health import WRONG, Check, examine
from ..output import show, show_json

_COLOURS = {"ok": "green", "look": "yellow", "wrong": "red"}


@click.command()
@json_option
def doctor(as_json: bool) -> int:
    """Check versions, address, key, scopes, sessions and webhooks: a line each, with what to do.

    It changes nothing and sends no message. The exit status is 1 where something is wrong; what only
    wants a look does not change it.
    """
    checks = []
    for check in examine(os.environ):
        checks.append(check)
        if not as_json:
            show(_line(check))
    if as_json:
        show_json([check._asdict() for check in checks])
    return FAILED if any(check.state == WRONG for check in checks) else 0


def _line(check: Check) -> str:
    state = f"{check.state:<5}"
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb":
        state = click.style(state, fg=_COLOURS[check.state])
    return f"{state}  {check.about}: {check.found}{f'. To do: {check.todo}' if check.todo else ''}"
