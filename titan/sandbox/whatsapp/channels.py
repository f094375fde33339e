"""Channels: created by one account, followed by others."""

from __future__ import annotations

from ..base.encoding import Json
from ..base.errors import SandboxError
from ..state import Channel, Session, State
from . import chats


def create(state: State, session: Session, body: Json) -> Channel:
    """Create a channel, which its creator follows."""
    me = session.account.jid
    jid = f"{120363100000000000 + state.next_number()}@newsletter"
    channel = Channel(
        jid, body["name"], me, body.get("description", ""), body.get("profileUrl"), followers={me}
    )
    state.channels[jid] = channel
    chats.open_chat(state, session, jid)
    return channel


def follow(state: State, session: Session, jid: str) -> None:
    """Follow a channel.

    Raises:
        SandboxError: 404.
    """
    if jid not in state.channels:
        raise SandboxError(404, f"channel not found: {jid}")
    state.channels[jid].followers.add(session.account.jid)
    chats.open_chat(state, session, jid)


def delete(state: State, session: Session, channel: Channel) -> None:
    """Delete a channel.

    Raises:
        SandboxError: 403, to all but its creator.
    """
    if channel.owner != session.account.jid:
        raise SandboxError(403, "only its creator can delete a channel")
    del state.channels[channel.id]


def to_json(session: Session, channel: Channel) -> Json:
    """Show a channel as Titan does."""
    shown: Json = {
        "id": channel.id,
        "name": channel.name,
        "description": channel.description,
        "followers": len(channel.followers),
        "muted": channel.id in session.account.muted_channels,
    }
    if channel.picture_url is not None:
        shown["profileUrl"] = channel.picture_url
    return shown
