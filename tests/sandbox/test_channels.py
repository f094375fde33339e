"""Channels: creating, following, muting, deleting."""

from __future__ import annotations

import pytest

from tests.support.sandbox import error_of
from titan import PermissionDeniedError

pytestmark = pytest.mark.usefixtures("me")


def test_created_channel_is_listed_and_followed_by_its_creator(titan, other):
    given = {"name": "News", "description": "Daily", "profileUrl": "https://example.com/a.jpg"}
    channel = titan.channels.create("my-session", given)
    assert channel.id.endswith("@newsletter")
    assert channel.model_dump(exclude={"id"}) == {
        "name": "News",
        "description": "Daily",
        "followers": 1,
        "muted": False,
        "profile_url": "https://example.com/a.jpg",
    }
    assert titan.channels.list("my-session") == [channel]
    assert titan.channels.get("my-session", channel.id) == channel
    assert titan.chats.get("my-session", channel.id).name == "News"
    assert titan.channels.list("other") == []


def test_channel_is_followed_and_unfollowed(api, titan, other, channel):
    # Also a second time: once is enough.
    for _ in range(2):
        titan.channels.follow("other", channel.id)
        assert titan.channels.get("my-session", channel.id).followers == 2
    assert [one.id for one in titan.channels.list("other")] == [channel.id]
    assert titan.chats.get("other", channel.id).name == "News"
    titan.channels.unfollow("other", channel.id)
    assert titan.channels.get("my-session", channel.id).followers == 1
    assert titan.channels.list("other") == []
    again = api.post(f"/api/sessions/other/channels/{channel.id}/unfollow")
    assert error_of(again, 404) == f"channel not found: {channel.id}"


def test_channel_is_muted_for_one_account(titan, other, channel):
    titan.channels.follow("other", channel.id)
    titan.channels.mute("other", channel.id)
    assert titan.channels.get("other", channel.id).muted
    assert not titan.channels.get("my-session", channel.id).muted
    titan.channels.unmute("other", channel.id)
    assert not titan.channels.get("other", channel.id).muted


def test_channel_is_deleted_by_its_creator_only(api, titan, other, channel):
    titan.channels.follow("other", channel.id)
    with pytest.raises(PermissionDeniedError, match="only its creator can delete a channel"):
        titan.channels.delete("other", channel.id)
    titan.channels.delete("my-session", channel.id)
    assert titan.channels.list("my-session") == titan.channels.list("other") == []
    refused = api.post(f"/api/sessions/other/channels/{channel.id}/follow")
    assert error_of(refused, 404) == f"channel not found: {channel.id}"
