"""The program `titan`: which commands there are, and where they are loaded from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Dict, List, NamedTuple, Optional

import click

from .._version import __version__
from .output import show

if TYPE_CHECKING:
    # What `Commands.get_command` loads by its name.
    from .commands import completion as completion
    from .commands import doctor as doctor
    from .commands import events as events
    from .commands import messages as messages
    from .commands import outbox as outbox
    from .commands import pairing as pairing
    from .commands import people as people
    from .commands import sandbox as sandbox
    from .commands import tokens as tokens


class Place(NamedTuple):
    """Where a command is loaded from."""

    module: str
    """Module below `titan`."""
    about: str
    """What `titan --help` says of it, so that no other module is loaded for that."""


COMMANDS: Dict[str, Place] = {
    "pair": Place("cli.commands.pairing", "Link a session to a phone, by QR code or by phone code."),
    "sessions": Place("cli.commands.pairing", "List the sessions."),
    "send": Place("cli.commands.messages", "Send a text or a file."),
    "chats": Place("cli.commands.people", "List the chats of a session."),
    "check": Place("cli.commands.people", "Find out which phone numbers are on WhatsApp."),
    "listen": Place("cli.commands.events", "Show events as they come, and forward them to your app."),
    "verify": Place("cli.commands.events", "Say what is wrong with the signature of a delivery."),
    "outbox": Place("cli.commands.outbox", "Look at the messages of an outbox, and settle them."),
    "token": Place("cli.commands.tokens", "Mint a client token for a browser."),
    "sandbox": Place("cli.commands.sandbox", "Run a local Titan, in memory, without a phone."),
    "doctor": Place("cli.commands.doctor", "Check address, key, sessions and webhooks."),
    "completion": Place("cli.commands.completion", "Print what completes commands in your shell."),
}
"""The commands, in the order of `titan --help`.

A group of commands is a line here too: its module has a `click.Group` of that name.
"""


class Commands(click.Group):
    """A group whose commands are loaded when they are used."""

    def list_commands(self, ctx: click.Context) -> List[str]:
        """The names, in their order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> Optional[click.Command]:
        """Load a command."""
        from importlib import import_module

        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module = import_module(f"..{place.module}", __package__)
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands, without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, place.about) for name, place in COMMANDS.items()])


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit status: 0 done, 1 failed, 2 wrong usage, 3 unclear: it may have been done. The address of "
    "your Titan and the key come from TITAN_BASE_URL and TITAN_API_KEY, or are asked for.",
    invoke_without_command=True,
)
@click.version_option(__version__, prog_name="titan", message="%(prog)s %(version)s")
@click.pass_context
def titan(ctx: click.Context) -> None:
    """Titan, the WhatsApp API, from a terminal."""
    if ctx.invoked_subcommand is None:
        show(ctx.get_help())
