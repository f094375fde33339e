"""`titan sandbox`, which is `titan-sandbox`: the options are read from that program."""

from __future__ import annotations

import argparse
from typing import Any, Iterator, List

import click

from ...sandbox.__main__ import _parser, main

_SHOWN = {argparse._StoreAction, argparse._AppendAction, argparse._StoreTrueAction}


def _options() -> Iterator[click.Option]:
    for action in _parser()._actions:
        if type(action) not in _SHOWN:
            continue
        more: Any = {"help": (action.help or "") % vars(action), "default": None}
        if isinstance(action, argparse._StoreTrueAction):
            more.update(is_flag=True, default=False)
        elif action.choices is not None:
            more.update(type=click.Choice(list(action.choices)))
        else:
            more.update(type=action.type or str, metavar=action.metavar)
        more.update(multiple=isinstance(action, argparse._AppendAction))
        yield click.Option([action.option_strings[0], action.dest], **more)


def _arguments(ctx: click.Context) -> List[str]:
    """The options that were given, as `titan-sandbox` takes them."""
    given: List[str] = []
    for option in ctx.command.params:
        value, flag = ctx.params.get(option.name or ""), option.opts[0]
        if value is True:
            given.append(flag)
        elif value is not None and value is not False:
            values = value if isinstance(value, (list, tuple)) else [value]
            given += [f"{flag}={one}" for one in values]
    return given


def _run(**_options: Any) -> int:
    return main(_arguments(click.get_current_context()))


sandbox: click.Command = click.Command(
    "sandbox",
    callback=_run,
    params=list(_options()),
    help="Run a local Titan until Ctrl-C: in memory, without a phone, with a page that shows one. It is the "
    "program titan-sandbox, and needs the extra `sandbox`.",
)
