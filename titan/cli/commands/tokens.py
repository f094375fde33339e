"""`titan token`."""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Optional

import click

from ...errors import NotFoundError, TitanError
from ..arguments import json_option
from ..connecting import connect
from ..failures import CommandError, describe, unclear
from ..output import local_time, printable, say, show, show_json

if TYPE_CHECKING:
    from ...client import TitanClient
    from ...types_gen import ClientRules

_SET_RULES = "set them with client.client_tokens.set_rules"


@click.command()
@click.argument("session")
@click.argument("ephemeral_id", metavar="EPHEMERAL_ID")
@click.option(
    "--ttl", type=int, metavar="SECONDS", help="How long the token lives. Default: Titan's, 15 minutes."
)
@json_option
def token(session: str, ephemeral_id: str, ttl: Optional[int], as_json: bool) -> None:
    """Mint a client token of the session SESSION, for a browser or whatever else must not have the key.

    EPHEMERAL_ID is your own id for the user. The token is all that stdout gets; it works for this session
    only, and may do what the rules of the session allow.
    """
    with connect() as client:
        _warn_of_rules(client, session)
        with unclear("A token may have been minted that is not shown", "it ends by itself; mint another one"):
            if ttl is None:
                minted = client.client_tokens.mint({"session": session, "ephemeralId": ephemeral_id})
            else:
                minted = client.client_tokens.mint(
                    {"session": session, "ephemeralId": ephemeral_id, "ttl": ttl}
                )
    if as_json:
        show_json(minted.to_dict())
        return
    if not minted.token:
        raise CommandError("this Titan answered without a token")
    until = local_time(minted.expires_at, "%Y-%m-%d %H:%M:%S %z")
    if until:
        say(f"It works until {until}.")
    show(printable(minted.token))


def _warn_of_rules(client: TitanClient, session: str) -> None:
    """Say what keeps the token from being of use."""
    try:
        rules = client.client_tokens.get_rules(session)
    except NotFoundError:
        # Of the session too: minting says so.
        say(f"titan: the session has no rules, so this token may do nothing: {_SET_RULES}")
    except TitanError as error:
        say(f"titan: the rules of the session could not be read: {describe(error)}")
    else:
        for complaint in _complaints(rules):
            say(f"titan: {complaint}: {_SET_RULES}")


def _complaints(rules: ClientRules) -> List[str]:
    found = []
    if rules.enabled is False:
        found.append("the rules of the session are disabled, so this token may do nothing")
    if not rules.allowed_actions:
        found.append("the rules of the session allow no actions, so this token may do nothing")
    return found
