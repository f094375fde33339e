"""Channels: create, list, get, delete, follow, mute."""

from __future__ import annotations

from typing import Dict, Tuple

from ..state import Channel
from ..whatsapp import channels
from .handling import DONE, ApiRequest, ApiResponse, Handlers
from .resources import Resource


def _create(request: ApiRequest) -> Tuple[str, Channel]:
    channel = channels.create(request.state, request.session, request.body)
    return channel.id, channel


def _delete(request: ApiRequest, channel: Channel) -> None:
    channels.delete(request.state, request.session, channel)


def _follow(request: ApiRequest) -> ApiResponse:
    channels.follow(request.state, request.session, request.path["channelId"])
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


_channels = Resource(
    "channels",
    "channel",
    "channelId",
    _followed,
    lambda request, channel: channels.to_json(request.session, channel),
)

HANDLERS: Handlers = {
    **_channels.handlers(create=_create, delete=_delete),
    "channels.follow": _follow,
    "channels.unfollow": _unfollow,
    "channels.mute": _mute,
    "channels.unmute": _unmute,
}
