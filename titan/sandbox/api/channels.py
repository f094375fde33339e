"""Channels: made by one account, followed by others."""

from __future__ import annotations

from typing import Dict, Tuple

from ..base.errors import SandboxError
from ..state import Channel, Json
from ..whatsapp import chats
from .request import DONE, ApiRequest, ApiResponse, Handlers
from .resources import Resource


def _view(request: ApiRequest, channel: Channel) -> Json:
    shown: Json = {
        "id": channel.id,
        "name": channel.name,
        "description": channel.description,
        "followers": len(channel.followers),
        "muted": channel.id in request.account.muted_channels,
    }
    if channel.picture_url is not None:
        shown["profileUrl"] = channel.picture_url
    return shown


def _create(request: ApiRequest) -> Tuple[str, Channel]:
    body, me = request.body, request.account.jid
    jid = f"{120363100000000000 + request.state.number()}@newsletter"
    channel = Channel(
        jid, body["name"], me, body.get("description", ""), body.get("profileUrl"), followers={me}
    )
    request.state.channels[jid] = channel
    chats.ensure(request.state, request.session, jid)
    return jid, channel


def _delete(request: ApiRequest, channel: Channel) -> None:
    if channel.owner != request.account.jid:
        raise SandboxError(403, "only its creator can delete a channel")
    del request.state.channels[channel.id]


def _follow(request: ApiRequest) -> ApiResponse:
    jid = request.path["channelId"]
    if jid not in request.state.channels:
        raise SandboxError(404, f"channel not found: {jid}")
    request.state.channels[jid].followers.add(request.account.jid)
    chats.ensure(request.state, request.session, jid)
    return DONE


def _unfollow(request: ApiRequest) -> ApiResponse:
    _channels.find(request).followers.discard(request.account.jid)
    return DONE


def _mute(request: ApiRequest) -> ApiResponse:
    request.account.muted_channels.add(_channels.find(request).id)
    return DONE


def _unmute(request: ApiRequest) -> ApiResponse:
    request.account.muted_channels.discard(_channels.find(request).id)
    return DONE


def _followed(request: ApiRequest) -> Dict[str, Channel]:
    me = request.account.jid
    return {channel.id: channel for channel in request.state.channels.values() if me in channel.followers}


_channels = Resource("channels", "channel", "channelId", _followed, _view)

HANDLERS: Handlers = {
    **_channels.handlers(create=_create, delete=_delete),
    "channels.follow": _follow,
    "channels.unfollow": _unfollow,
    "channels.mute": _mute,
    "channels.unmute": _unmute,
}
