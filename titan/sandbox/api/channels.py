"""Channels: made by one account, followed by others."""

from __future__ import annotations

from typing import Dict, Tuple

from ..base.errors import SandboxError
from ..state import Channel, Json
from . import chats
from .calls import DONE, Answer, Call, Handlers
from .resources import Resource


def _view(call: Call, channel: Channel) -> Json:
    shown: Json = {
        "id": channel.id,
        "name": channel.name,
        "description": channel.description,
        "followers": len(channel.followers),
        "muted": channel.id in call.account.muted_channels,
    }
    if channel.picture_url is not None:
        shown["profileUrl"] = channel.picture_url
    return shown


def _create(call: Call) -> Tuple[str, Channel]:
    body, me = call.body, call.account.jid
    jid = f"{120363100000000000 + call.state.number()}@newsletter"
    channel = Channel(
        jid, body["name"], me, body.get("description", ""), body.get("profileUrl"), followers={me}
    )
    call.state.channels[jid] = channel
    chats.opened(call.state, call.session, jid)
    return jid, channel


def _delete(call: Call, channel: Channel) -> None:
    if channel.owner != call.account.jid:
        raise SandboxError(403, "only its creator can delete a channel")
    del call.state.channels[channel.id]


def _follow(call: Call) -> Answer:
    jid = call.path["channelId"]
    if jid not in call.state.channels:
        raise SandboxError(404, f"channel not found: {jid}")
    call.state.channels[jid].followers.add(call.account.jid)
    chats.opened(call.state, call.session, jid)
    return DONE


def _unfollow(call: Call) -> Answer:
    _channels.find(call).followers.discard(call.account.jid)
    return DONE


def _mute(call: Call) -> Answer:
    call.account.muted_channels.add(_channels.find(call).id)
    return DONE


def _unmute(call: Call) -> Answer:
    call.account.muted_channels.discard(_channels.find(call).id)
    return DONE


def _followed(call: Call) -> Dict[str, Channel]:
    me = call.account.jid
    return {channel.id: channel for channel in call.state.channels.values() if me in channel.followers}


_channels = Resource("channels", "channel", "channelId", _followed, _view)

HANDLERS: Handlers = {
    **_channels.handlers(create=_create, delete=_delete),
    "channels.follow": _follow,
    "channels.unfollow": _unfollow,
    "channels.mute": _mute,
    "channels.unmute": _unmute,
}
