# generated from openapi.yaml and sdk.yaml by scripts/generate; do not edit
"""Every operation of the API: its request, and what is known of it."""

from titan.services._operation import Operation

SESSIONS_CREATE = Operation("sessions.create", "POST", "/api/sessions", ())
SESSIONS_LIST = Operation("sessions.list", "GET", "/api/sessions", (), is_idempotent=True)
SESSIONS_GET = Operation("sessions.get", "GET", "/api/sessions/{session}", ("session",), is_idempotent=True)
SESSIONS_START = Operation(
    "sessions.start",
    "POST",
    "/api/sessions/{session}/start",
    ("session",),
    is_idempotent=True,
    may_be_empty=True,
)
SESSIONS_STOP = Operation(
    "sessions.stop",
    "POST",
    "/api/sessions/{session}/stop",
    ("session",),
    evidence="named",
    is_idempotent=True,
    may_be_empty=True,
)
SESSIONS_DELETE = Operation(
    "sessions.delete", "DELETE", "/api/sessions/{session}", ("session",), evidence="named", is_idempotent=True
)
PAIRING_QR = Operation(
    "pairing.qr", "GET", "/api/sessions/{session}/pairing/qr", ("session",), is_idempotent=True
)
PAIRING_CODE = Operation(
    "pairing.code", "POST", "/api/sessions/{session}/pairing/code", ("session",), evidence="named"
)
MESSAGES_SEND = Operation(
    "messages.send",
    "POST",
    "/api/messages/send",
    ("session",),
    long_with="url",
    session_in_body=True,
    client_route="/api/sessions/{session}/messages/send",
    client_evidence="named",
)
MESSAGES_REACT = Operation("messages.react", "POST", "/api/sessions/{session}/messages/react", ("session",))
MESSAGES_TYPING = Operation(
    "messages.typing", "POST", "/api/sessions/{session}/messages/typing", ("session",), is_idempotent=True
)
MESSAGES_SEEN = Operation(
    "messages.seen",
    "POST",
    "/api/sessions/{session}/messages/seen",
    ("session",),
    evidence="named",
    is_idempotent=True,
)
MESSAGES_EDIT = Operation(
    "messages.edit", "POST", "/api/sessions/{session}/messages/edit", ("session",), evidence="named"
)
MESSAGES_DELETE = Operation(
    "messages.delete", "POST", "/api/sessions/{session}/messages/delete", ("session",), evidence="named"
)
MESSAGES_STAR = Operation(
    "messages.star",
    "POST",
    "/api/sessions/{session}/messages/star",
    ("session",),
    evidence="named",
    is_idempotent=True,
)
CONTACTS_LIST = Operation(
    "contacts.list", "GET", "/api/sessions/{session}/contacts", ("session",), is_idempotent=True
)
CONTACTS_GET = Operation(
    "contacts.get",
    "GET",
    "/api/sessions/{session}/contacts/{contactId}",
    ("session", "contactId"),
    is_idempotent=True,
)
CONTACTS_PICTURE = Operation(
    "contacts.picture",
    "GET",
    "/api/sessions/{session}/contacts/{contactId}/picture",
    ("session", "contactId"),
    evidence="named",
    is_idempotent=True,
)
CONTACTS_CHECK = Operation(
    "contacts.check",
    "POST",
    "/api/sessions/{session}/contacts/check",
    ("session",),
    evidence="named",
    is_idempotent=True,
)
CONTACTS_BLOCK = Operation(
    "contacts.block",
    "POST",
    "/api/sessions/{session}/contacts/{contactId}/block",
    ("session", "contactId"),
    evidence="named",
    is_idempotent=True,
)
CONTACTS_UNBLOCK = Operation(
    "contacts.unblock",
    "POST",
    "/api/sessions/{session}/contacts/{contactId}/unblock",
    ("session", "contactId"),
    evidence="named",
    is_idempotent=True,
)
GROUPS_CREATE = Operation(
    "groups.create", "POST", "/api/sessions/{session}/groups", ("session",), session_in_body=True
)
GROUPS_LIST = Operation(
    "groups.list", "GET", "/api/sessions/{session}/groups", ("session",), is_idempotent=True
)
GROUPS_GET = Operation(
    "groups.get",
    "GET",
    "/api/sessions/{session}/groups/{groupId}",
    ("session", "groupId"),
    is_idempotent=True,
)
GROUPS_LEAVE = Operation(
    "groups.leave", "POST", "/api/sessions/{session}/groups/{groupId}/leave", ("session", "groupId")
)
GROUPS_DELETE = Operation(
    "groups.delete",
    "DELETE",
    "/api/sessions/{session}/groups/{groupId}",
    ("session", "groupId"),
    is_idempotent=True,
)
GROUPS_UPDATE_SUBJECT = Operation(
    "groups.update_subject",
    "PUT",
    "/api/sessions/{session}/groups/{groupId}/subject",
    ("session", "groupId"),
    is_idempotent=True,
    session_in_body=True,
)
GROUPS_UPDATE_DESCRIPTION = Operation(
    "groups.update_description",
    "PUT",
    "/api/sessions/{session}/groups/{groupId}/description",
    ("session", "groupId"),
    is_idempotent=True,
    session_in_body=True,
)
GROUPS_UPDATE_PICTURE = Operation(
    "groups.update_picture",
    "PUT",
    "/api/sessions/{session}/groups/{groupId}/picture",
    ("session", "groupId"),
    is_idempotent=True,
    session_in_body=True,
)
GROUPS_ADD_PARTICIPANTS = Operation(
    "groups.add_participants",
    "POST",
    "/api/sessions/{session}/groups/{groupId}/participants",
    ("session", "groupId"),
    evidence="named",
)
GROUPS_REMOVE_PARTICIPANTS = Operation(
    "groups.remove_participants",
    "DELETE",
    "/api/sessions/{session}/groups/{groupId}/participants",
    ("session", "groupId"),
    evidence="named",
    is_idempotent=True,
)
GROUPS_PROMOTE = Operation(
    "groups.promote",
    "POST",
    "/api/sessions/{session}/groups/{groupId}/participants/promote",
    ("session", "groupId"),
    evidence="named",
    is_idempotent=True,
)
GROUPS_DEMOTE = Operation(
    "groups.demote",
    "POST",
    "/api/sessions/{session}/groups/{groupId}/participants/demote",
    ("session", "groupId"),
    evidence="named",
    is_idempotent=True,
)
GROUPS_INVITE = Operation(
    "groups.invite",
    "GET",
    "/api/sessions/{session}/groups/{groupId}/invite",
    ("session", "groupId"),
    evidence="named",
    is_idempotent=True,
)
GROUPS_REVOKE_INVITE = Operation(
    "groups.revoke_invite",
    "POST",
    "/api/sessions/{session}/groups/{groupId}/invite/revoke",
    ("session", "groupId"),
    evidence="named",
)
GROUPS_JOIN = Operation(
    "groups.join", "POST", "/api/sessions/{session}/groups/join", ("session",), evidence="named"
)
CHANNELS_CREATE = Operation("channels.create", "POST", "/api/sessions/{session}/channels", ("session",))
CHANNELS_LIST = Operation(
    "channels.list", "GET", "/api/sessions/{session}/channels", ("session",), is_idempotent=True
)
CHANNELS_GET = Operation(
    "channels.get",
    "GET",
    "/api/sessions/{session}/channels/{channelId}",
    ("session", "channelId"),
    is_idempotent=True,
)
CHANNELS_DELETE = Operation(
    "channels.delete",
    "DELETE",
    "/api/sessions/{session}/channels/{channelId}",
    ("session", "channelId"),
    is_idempotent=True,
)
CHANNELS_FOLLOW = Operation(
    "channels.follow",
    "POST",
    "/api/sessions/{session}/channels/{channelId}/follow",
    ("session", "channelId"),
    evidence="named",
    is_idempotent=True,
)
CHANNELS_UNFOLLOW = Operation(
    "channels.unfollow",
    "POST",
    "/api/sessions/{session}/channels/{channelId}/unfollow",
    ("session", "channelId"),
    evidence="named",
    is_idempotent=True,
)
CHANNELS_MUTE = Operation(
    "channels.mute",
    "POST",
    "/api/sessions/{session}/channels/{channelId}/mute",
    ("session", "channelId"),
    evidence="named",
    is_idempotent=True,
)
CHANNELS_UNMUTE = Operation(
    "channels.unmute",
    "POST",
    "/api/sessions/{session}/channels/{channelId}/unmute",
    ("session", "channelId"),
    evidence="named",
    is_idempotent=True,
)
PRESENCE_SET = Operation(
    "presence.set", "POST", "/api/sessions/{session}/presence", ("session",), is_idempotent=True
)
PRESENCE_LIST = Operation(
    "presence.list", "GET", "/api/sessions/{session}/presence", ("session",), is_idempotent=True
)
PRESENCE_GET = Operation(
    "presence.get",
    "GET",
    "/api/sessions/{session}/presence/{chatId}",
    ("session", "chatId"),
    is_idempotent=True,
)
PRESENCE_SUBSCRIBE = Operation(
    "presence.subscribe",
    "POST",
    "/api/sessions/{session}/presence/{chatId}/subscribe",
    ("session", "chatId"),
    is_idempotent=True,
)
PROFILE_GET = Operation(
    "profile.get",
    "GET",
    "/api/sessions/{session}/profile",
    ("session",),
    evidence="assumed",
    is_idempotent=True,
)
PROFILE_UPDATE_NAME = Operation(
    "profile.update_name",
    "PUT",
    "/api/sessions/{session}/profile/name",
    ("session",),
    evidence="assumed",
    is_idempotent=True,
)
PROFILE_UPDATE_STATUS = Operation(
    "profile.update_status",
    "PUT",
    "/api/sessions/{session}/profile/status",
    ("session",),
    evidence="assumed",
    is_idempotent=True,
)
PROFILE_UPDATE_PICTURE = Operation(
    "profile.update_picture",
    "PUT",
    "/api/sessions/{session}/profile/picture",
    ("session",),
    evidence="assumed",
    is_idempotent=True,
)
LABELS_LIST = Operation(
    "labels.list", "GET", "/api/sessions/{session}/labels", ("session",), is_idempotent=True
)
LABELS_CREATE = Operation("labels.create", "POST", "/api/sessions/{session}/labels", ("session",))
LABELS_UPDATE = Operation(
    "labels.update",
    "PUT",
    "/api/sessions/{session}/labels/{labelId}",
    ("session", "labelId"),
    is_idempotent=True,
)
LABELS_DELETE = Operation(
    "labels.delete",
    "DELETE",
    "/api/sessions/{session}/labels/{labelId}",
    ("session", "labelId"),
    is_idempotent=True,
)
LABELS_ASSIGN = Operation(
    "labels.assign",
    "POST",
    "/api/sessions/{session}/labels/{labelId}/chats",
    ("session", "labelId"),
    is_idempotent=True,
)
LABELS_UNASSIGN = Operation(
    "labels.unassign",
    "DELETE",
    "/api/sessions/{session}/labels/{labelId}/chats",
    ("session", "labelId"),
    is_idempotent=True,
)
CHATS_LIST = Operation(
    "chats.list", "GET", "/api/sessions/{session}/chats", ("session",), evidence="named", is_idempotent=True
)
CHATS_GET = Operation(
    "chats.get",
    "GET",
    "/api/sessions/{session}/chats/{chatId}",
    ("session", "chatId"),
    evidence="named",
    is_idempotent=True,
)
CHATS_ARCHIVE = Operation(
    "chats.archive",
    "POST",
    "/api/sessions/{session}/chats/{chatId}/archive",
    ("session", "chatId"),
    evidence="named",
    is_idempotent=True,
)
CHATS_UNARCHIVE = Operation(
    "chats.unarchive",
    "POST",
    "/api/sessions/{session}/chats/{chatId}/unarchive",
    ("session", "chatId"),
    evidence="named",
    is_idempotent=True,
)
CHATS_MUTE = Operation(
    "chats.mute",
    "POST",
    "/api/sessions/{session}/chats/{chatId}/mute",
    ("session", "chatId"),
    evidence="named",
    is_idempotent=True,
)
CHATS_UNMUTE = Operation(
    "chats.unmute",
    "POST",
    "/api/sessions/{session}/chats/{chatId}/unmute",
    ("session", "chatId"),
    evidence="named",
    is_idempotent=True,
)
WEBHOOKS_CREATE = Operation("webhooks.create", "POST", "/api/webhooks", ())
WEBHOOKS_LIST = Operation("webhooks.list", "GET", "/api/webhooks", (), evidence="assumed", is_idempotent=True)
WEBHOOKS_GET = Operation(
    "webhooks.get", "GET", "/api/webhooks/{webhookId}", ("webhookId",), evidence="assumed", is_idempotent=True
)
WEBHOOKS_UPDATE = Operation(
    "webhooks.update",
    "PUT",
    "/api/webhooks/{webhookId}",
    ("webhookId",),
    evidence="named",
    is_idempotent=True,
)
WEBHOOKS_DELETE = Operation(
    "webhooks.delete",
    "DELETE",
    "/api/webhooks/{webhookId}",
    ("webhookId",),
    evidence="assumed",
    is_idempotent=True,
)
LIDS_GET = Operation(
    "lids.get",
    "GET",
    "/api/sessions/{session}/lids/{lid}",
    ("session", "lid"),
    evidence="assumed",
    is_idempotent=True,
)
MEDIA_GET = Operation(
    "media.get", "GET", "/api/sessions/{session}/media/{mediaId}", ("session", "mediaId"), is_idempotent=True
)
MEDIA_DOWNLOAD = Operation(
    "media.download",
    "POST",
    "/api/sessions/{session}/media/{mediaId}/download",
    ("session", "mediaId"),
    is_idempotent=True,
    is_long=True,
    is_binary=True,
)
MEDIA_PERSIST = Operation(
    "media.persist",
    "POST",
    "/api/sessions/{session}/media/{mediaId}/persist",
    ("session", "mediaId"),
    is_idempotent=True,
)
CLIENT_TOKENS_MINT = Operation("client_tokens.mint", "POST", "/api/client-tokens", ())
CLIENT_TOKENS_SET_RULES = Operation(
    "client_tokens.set_rules", "PUT", "/api/sessions/{session}/client-rules", ("session",), is_idempotent=True
)
CLIENT_TOKENS_GET_RULES = Operation(
    "client_tokens.get_rules",
    "GET",
    "/api/sessions/{session}/client-rules",
    ("session",),
    evidence="named",
    is_idempotent=True,
)
ACCOUNT_KEYS_CREATE = Operation("account_keys.create", "POST", "/api/account/keys", ())
ACCOUNT_KEYS_LIST = Operation(
    "account_keys.list", "GET", "/api/account/keys", (), evidence="named", is_idempotent=True
)
ACCOUNT_KEYS_UPDATE = Operation(
    "account_keys.update", "PATCH", "/api/account/keys/{keyId}", ("keyId",), is_idempotent=True
)
ACCOUNT_KEYS_DELETE = Operation(
    "account_keys.delete",
    "DELETE",
    "/api/account/keys/{keyId}",
    ("keyId",),
    evidence="named",
    is_idempotent=True,
)
