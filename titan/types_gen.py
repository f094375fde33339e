# generated from openapi.yaml and sdk.yaml by scripts/generate; do not edit
"""The objects of the Titan API as pydantic models."""

from typing import Annotated, Any, ClassVar, FrozenSet, Literal, Optional, Union

from pydantic import Field
from typing_extensions import TypeAliasType

from titan._models import ChatRef, MessageEvent, OpenEnum, Timestamp, TitanModel, WebhookEvent, factory_of

# pyright: reportIncompatibleMethodOverride=false


class AcceptedCommand(TitanModel):
    """A command that was accepted and runs later."""

    correlation_id: str
    """Returns in the `command.result` event of this command."""


class Channel(TitanModel):
    """A WhatsApp channel (newsletter)."""

    id: str
    """JID of the channel, ending in `@newsletter`."""
    name: Optional[str] = None
    """Name of the channel."""
    description: Optional[str] = None
    """Description of the channel."""
    followers: Optional[int] = None
    """Number of followers."""
    muted: Optional[bool] = None
    """Whether this account has muted the channel."""
    profile_url: Optional[str] = None
    """Address of the channel's picture."""


class Chat(TitanModel):
    """A conversation of the account."""

    id: str
    """JID of the chat."""
    name: Optional[str] = None
    """Name of the person, group or channel."""
    is_group: Optional[bool] = None
    """Whether the chat is a group."""
    archived: Optional[bool] = None
    """Whether the chat is archived."""
    muted: Optional[bool] = None
    """Whether the chat is muted."""
    muted_until: Optional[Timestamp] = None
    """When the mute ends."""
    pinned: Optional[bool] = None
    """Whether the chat is pinned."""
    unread_count: Optional[int] = None
    """Number of unread messages."""
    last_message_at: Optional[Timestamp] = None
    """When the last message came or went."""


class ChatArchivePayload(TitanModel):
    """A chat that was archived or taken out of the archive."""

    chat_id: Optional[str] = None
    """JID of the chat."""
    archived: Optional[bool] = None
    """Whether it is archived now."""


class ChatArchiveEvent(WebhookEvent):
    """A chat was archived or taken out of the archive."""

    id: Optional[str] = None
    """Event id. One event can be delivered twice; the id tells."""
    event: Literal["chat.archive"] = "chat.archive"
    """Always `chat.archive`."""
    session: str = ""
    """Name of the session the event belongs to."""
    timestamp: Optional[Timestamp] = None
    """When the event happened."""
    payload: ChatArchivePayload = Field(default_factory=factory_of(ChatArchivePayload))
    """The chat."""


class ChatMutePayload(TitanModel):
    """A chat that was muted or unmuted."""

    chat_id: Optional[str] = None
    """JID of the chat."""
    muted: Optional[bool] = None
    """Whether it is muted now."""
    muted_until: Optional[Timestamp] = None
    """When it stops being muted; absent where that is not planned."""


class ChatMuteEvent(WebhookEvent):
    """A chat was muted or unmuted."""

    id: Optional[str] = None
    """Event id. One event can be delivered twice; the id tells."""
    event: Literal["chat.mute"] = "chat.mute"
    """Always `chat.mute`."""
    session: str = ""
    """Name of the session the event belongs to."""
    timestamp: Optional[Timestamp] = None
    """When the event happened."""
    payload: ChatMutePayload = Field(default_factory=factory_of(ChatMutePayload))
    """The chat."""


class ChatReadPayload(TitanModel):
    """A chat that was marked as read or unread."""

    chat_id: Optional[str] = None
    """JID of the chat."""
    read: Optional[bool] = None
    """Whether it is read now."""


class ChatReadEvent(WebhookEvent):
    """A chat was marked as read or unread."""

    id: Optional[str] = None
    """Event id. One event can be delivered twice; the id tells."""
    event: Literal["chat.read"] = "chat.read"
    """Always `chat.read`."""
    session: str = ""
    """Name of the session the event belongs to."""
    timestamp: Optional[Timestamp] = None
    """When the event happened."""
    payload: ChatReadPayload = Field(default_factory=factory_of(ChatReadPayload))
    """The chat."""


class CheckContactsRequest(TitanModel):
    """Phone numbers to look up on WhatsApp."""

    phone_numbers: list[str]
    """Phone numbers with country code."""


ClientAction = TypeAliasType(
    "ClientAction",
    Union[
        Literal[
            "send_message",
            "send_reaction",
            "send_typing",
            "send_seen",
            "read_presence",
            "subscribe_presence",
            "read_contact",
        ],
        str,
    ],
)
"""An action that a client token may be allowed. The set is open."""


class ClientToken(TitanModel):
    """A short-lived token for browsers and other untrusted places."""

    __titan_secrets__: ClassVar[FrozenSet[str]] = frozenset({"token"})

    token: str
    """The token, a JWT after the prefix `titan_ct_`."""
    expires_at: Optional[Timestamp] = None
    """When it stops working."""
    session: Optional[str] = None
    """Session it works for."""
    ephemeral_id: Optional[str] = None
    """The id it was minted for."""


class CommandResultPayload(TitanModel):
    """Outcome of a command that was sent with `Prefer: respond-async`."""

    __titan_nullable__: ClassVar[FrozenSet[str]] = frozenset({"result"})

    correlation_id: Optional[str] = None
    """The id the 202 answer gave."""
    success: Optional[bool] = None
    """Whether the command succeeded."""
    result: Optional[Any] = None
    """The command's result; when `success` is false, the details of the error."""


class CommandResultEvent(WebhookEvent):
    """A command sent with `Prefer: respond-async` has ended. The outcome stands under `data`."""

    id: Optional[str] = None
    """Event id; the documented sample has none."""
    event: Literal["command.result"] = "command.result"
    """Always `command.result`."""
    session: str = ""
    """Name of the session the command ran in."""
    timestamp: Optional[Timestamp] = None
    """When the command ended; the documented sample has none."""
    data: Optional[CommandResultPayload] = None
    """The outcome."""
    payload: CommandResultPayload = Field(default_factory=factory_of(CommandResultPayload))
    """The outcome, should it come where other events have it."""


class Contact(TitanModel):
    """A person the account knows. Any field can be missing."""

    __titan_nullable__: ClassVar[FrozenSet[str]] = frozenset({"business_name"})

    phone_number: Optional[str] = None
    """Phone number in E.164 form with a leading `+`."""
    push_name: Optional[str] = None
    """The name the person chose."""
    name: Optional[str] = None
    """The name in the account's address book."""
    business_name: Optional[str] = None
    """Name of the business; null for ordinary accounts."""
    lid: Optional[str] = None
    """The person's LID, WhatsApp's identifier that hides the phone number."""
    profile_url: Optional[str] = None
    """Address of the profile picture."""


class ContactCard(TitanModel):
    """A contact card."""

    name: str
    """Name on the card."""
    phone_number: str
    """Phone number on the card, in E.164 form with a leading `+`."""
    organization: Optional[str] = None
    """Company on the card."""


class ContactCheck(TitanModel):
    """Whether a phone number is on WhatsApp."""

    phone_number: str
    """The phone number that was asked about."""
    exists: bool
    """Whether it has a WhatsApp account."""
    jid: Optional[str] = None
    """JID to use as `chatId`, where the account exists."""
    lid: Optional[str] = None
    """LID, where the account exists."""


class ContactUpdatePayload(TitanModel):
    """What is known of a person now."""

    phone_number: Optional[str] = None
    """Phone number in E.164 form with a leading `+`."""
    lid: Optional[str] = None
    """The person's LID."""
    push_name: Optional[str] = None
    """The name the person chose."""
    name: Optional[str] = None
    """The name in the account's address book."""
    business_name: Optional[str] = None
    """Name of the business, on WhatsApp Business accounts."""
    profile_url: Optional[str] = None
    """Address of the person's picture."""


class ContactUpdateEvent(WebhookEvent):
    """A contact changed."""

    id: Optional[str] = None
    """Event id. One event can be delivered twice; the id tells."""
    event: Literal["contact.update"] = "contact.update"
    """Always `contact.update`."""
    session: str = ""
    """Name of the session the event belongs to."""
    timestamp: Optional[Timestamp] = None
    """When the event happened."""
    payload: ContactUpdatePayload = Field(default_factory=factory_of(ContactUpdatePayload))
    """What is known of the person now."""


class CreateChannelRequest(TitanModel):
    """A channel to create."""

    name: str
    """Name of the channel."""
    description: Optional[str] = None
    """Description of the channel."""
    profile_url: Optional[str] = None
    """Address of a picture for the channel."""


class CreateGroupRequest(TitanModel):
    """A group to create."""

    name: str
    """Name of the group. One page of the reference limits it to 25 characters, another states no limit."""
    participants: list[str]
    """JIDs of the people to add, at most 256."""


class CreateLabelRequest(TitanModel):
    """A label to create."""

    name: str
    """Name of the label."""
    color: Optional[int] = None
    """Index in WhatsApp's colour palette."""


class CreateSessionRequest(TitanModel):
    """A session to create."""

    __titan_secrets__: ClassVar[FrozenSet[str]] = frozenset({"proxy"})

    name: str
    """Name of the new session: 1 to 64 letters, digits, dots, hyphens and underscores. The reference also asks that it begins with a letter or digit."""
    start: Optional[bool] = None
    """Start the session at once, so that it is ready for pairing. Left out, it is not started."""
    proxy: Optional[str] = None
    """HTTP, HTTPS or SOCKS5 URL the session is to connect through; it may hold credentials."""
    config: Optional[dict[str, Any]] = None
    """Settings of this session, such as safe mode."""


class DeleteMessageRequest(TitanModel):
    """A message to delete."""

    chat_id: str
    """JID of the chat."""
    message_id: str
    """Id of the message."""
    for_everyone: Optional[bool] = None
    """Delete it for everyone in the chat, not only for this account."""


class EditMessageRequest(TitanModel):
    """A new text for a sent message."""

    chat_id: str
    """JID of the chat."""
    message_id: str
    """Id of the message."""
    text: str
    """The new text, which is not empty."""


class ErrorResponse(TitanModel):
    """An error."""

    error: str
    """What went wrong, for people."""
    docs: Optional[str] = None
    """Page that explains the error."""


EventName = TypeAliasType(
    "EventName",
    Union[
        Literal[
            "*",
            "message.received",
            "message.sent",
            "message.ack",
            "message.revoked",
            "message.reaction",
            "message.edited",
            "message.update",
            "message.delete",
            "message.vote",
            "session.status",
            "session.qr",
            "session.connected",
            "session.logged_out",
            "group.update",
            "group.participant",
            "presence.update",
            "call.received",
            "call.missed",
            "call.accepted",
            "call.rejected",
            "contact.update",
            "chat.archive",
            "chat.mute",
            "chat.read",
            "command.result",
        ],
        str,
    ],
)
"""Name of an event; `*` stands for all. The set is open."""


class GroupInvite(TitanModel):
    """The invitation to a group. Whoever has it can join."""

    __titan_secrets__: ClassVar[FrozenSet[str]] = frozenset({"code", "link"})

    code: str
    """Invite code."""
    link: Optional[str] = None
    """Invite link; it ends with the code."""


class GroupParticipant(TitanModel):
    """A person in a group."""

    phone_number: Optional[str] = None
    """Phone number in E.164 form with a leading `+`."""
    lid: Optional[str] = None
    """The person's LID."""
    is_admin: Optional[bool] = None
    """Whether the person is an admin of the group."""
    is_super_admin: Optional[bool] = None
    """Whether the person is a super admin of the group."""


class Group(TitanModel):
    """A WhatsApp group."""

    id: str
    """JID of the group, ending in `@g.us`."""
    name: Optional[str] = None
    """Name of the group (its subject)."""
    description: Optional[str] = None
    """Description of the group."""
    owner_lid: Optional[str] = None
    """LID of the person who created the group."""
    created_at: Optional[int] = None
    """When the group was created, in Unix seconds."""
    participants: Optional[list[GroupParticipant]] = None
    """The people in the group."""


class GroupParticipantsRequest(TitanModel):
    """People of a group."""

    participants: list[str]
    """JIDs of the people, at most 256."""


class JIDMode(OpenEnum):
    """
    How a person is addressed: pn by phone number, lid by LID.
    """

    PN = "pn"
    LID = "lid"


class JIDRef(ChatRef):
    """Who or where: a person has `phoneNumber`, `lid` and `mode`, a group or channel has `id`."""

    phone_number: Optional[str] = None
    """Phone number in E.164 form with a leading `+`."""
    lid: Optional[str] = None
    """The person's LID."""
    mode: Optional[JIDMode] = None
    """How the person is addressed."""
    id: Optional[str] = None
    """JID of the group or channel."""


class CallPayload(TitanModel):
    """A call."""

    id: Optional[str] = None
    """Call id. All events of one call have the same."""
    from_: Optional[JIDRef] = Field(default=None, alias="from")
    """The person who called."""
    timestamp: Optional[int] = None
    """When it happened, in Unix seconds."""
    is_video: Optional[bool] = None
    """Whether it is a video call."""
    is_group: Optional[bool] = None
    """Whether it is a call in a group."""


class CallAcceptedEvent(WebhookEvent):
    """A call was accepted."""

    id: Optional[str] = None
    """Event id. One event can be delivered twice; the id tells."""
    event: Literal["call.accepted"] = "call.accepted"
    """Always `call.accepted`."""
    session: str = ""
    """Name of the session the event belongs to."""
    timestamp: Optional[Timestamp] = None
    """When the event happened."""
    payload: CallPayload = Field(default_factory=factory_of(CallPayload))
    """The call."""


class CallMissedEvent(WebhookEvent):
    """A call was missed."""

    id: Optional[str] = None
    """Event id. One event can be delivered twice; the id tells."""
    event: Literal["call.missed"] = "call.missed"
    """Always `call.missed`."""
    session: str = ""
    """Name of the session the event belongs to."""
    timestamp: Optional[Timestamp] = None
    """When the event happened."""
    payload: CallPayload = Field(default_factory=factory_of(CallPayload))
    """The call."""


class CallReceivedEvent(WebhookEvent):
    """A call came in."""

    id: Optional[str] = None
    """Event id. One event can be delivered twice; the id tells."""
    event: Literal["call.received"] = "call.received"
    """Always `call.received`."""
    session: str = ""
    """Name of the session the event belongs to."""
    timestamp: Optional[Timestamp] = None
    """When the event happened."""
    payload: CallPayload = Field(default_factory=factory_of(CallPayload))
    """The call."""


class CallRejectedEvent(WebhookEvent):
    """A call was rejected."""

    id: Optional[str] = None
    """Event id. One event can be delivered twice; the id tells."""
    event: Literal["call.rejected"] = "call.rejected"
    """Always `call.rejected`."""
    session: str = ""
    """Name of the session the event belongs to."""
    timestamp: Optional[Timestamp] = None
    """When the event happened."""
    payload: CallPayload = Field(default_factory=factory_of(CallPayload))
    """The call."""


class GroupParticipantPayload(TitanModel):
    """Who joined or left a group, or has other rights in it."""

    id: Optional[str] = None
    """JID of the group."""
    action: Optional[str] = None
    """What happened: `add`, `remove`, `join`, `leave`, `promote` or `demote`; the set is open."""
    participants: Optional[list[str]] = None
    """JIDs of the people it happened to."""
    sender: Optional[JIDRef] = None
    """The person who did it."""


class GroupParticipantEvent(WebhookEvent):
    """The people in a group changed."""

    id: Optional[str] = None
    """Event id. One event can be delivered twice; the id tells."""
    event: Literal["group.participant"] = "group.participant"
    """Always `group.participant`."""
    session: str = ""
    """Name of the session the event belongs to."""
    timestamp: Optional[Timestamp] = None
    """When the event happened."""
    payload: GroupParticipantPayload = Field(default_factory=factory_of(GroupParticipantPayload))
    """Who, and what happened."""


class GroupUpdatePayload(TitanModel):
    """What a group is like now."""

    id: Optional[str] = None
    """JID of the group."""
    name: Optional[str] = None
    """The name of the group."""
    description: Optional[str] = None
    """The description of the group."""
    profile_url: Optional[str] = None
    """Address of the group's picture."""
    sender: Optional[JIDRef] = None
    """The person who changed it."""


class GroupUpdateEvent(WebhookEvent):
    """A group changed."""

    id: Optional[str] = None
    """Event id. One event can be delivered twice; the id tells."""
    event: Literal["group.update"] = "group.update"
    """Always `group.update`."""
    session: str = ""
    """Name of the session the event belongs to."""
    timestamp: Optional[Timestamp] = None
    """When the event happened."""
    payload: GroupUpdatePayload = Field(default_factory=factory_of(GroupUpdatePayload))
    """What the group is like now."""


class JoinGroupRequest(TitanModel):
    """An invitation to accept."""

    __titan_secrets__: ClassVar[FrozenSet[str]] = frozenset({"code"})

    code: str
    """Invite code, the last part of an invite link."""


class Label(TitanModel):
    """A tag for chats, on WhatsApp Business accounts."""

    id: str
    """Label id."""
    name: Optional[str] = None
    """Name of the label."""
    color: Optional[int] = None
    """Index in WhatsApp's colour palette."""


class LabelChatsRequest(TitanModel):
    """Chats to put a label on or take it from."""

    chat_ids: list[str]
    """JIDs of the chats."""


class LidMapping(TitanModel):
    """A LID and the phone number behind it."""

    lid: str
    """The LID."""
    phone_number: Optional[str] = None
    """Phone number in E.164 form with a leading `+`."""


class Media(TitanModel):
    """A file that came or went with a message. WhatsApp's servers keep it for about 14 days."""

    __titan_nullable__: ClassVar[FrozenSet[str]] = frozenset({"s3_url"})

    id: str
    """Media id."""
    message_id: Optional[str] = None
    """Id of the message it belongs to."""
    session: Optional[str] = None
    """Name of the session."""
    mime_type: Optional[str] = None
    """Media type, for example `image/jpeg`."""
    file_length: Optional[int] = None
    """Size in bytes."""
    persisted: Optional[bool] = None
    """Whether Titan has copied the file to its own storage."""
    s3_url: Optional[str] = None
    """Address of the stored copy; null while there is none."""


class MessageDeletePayload(TitanModel):
    """A message that was deleted for the account alone."""

    id: Optional[str] = None
    """Id of the message."""
    chat_id: Optional[str] = None
    """JID of the chat that the message is in."""
    from_me: Optional[bool] = None
    """Whether the session's own account deleted it."""
    sender: Optional[JIDRef] = None
    """The person who deleted it, where it was not the account itself."""
    timestamp: Optional[int] = None
    """When it happened, in Unix seconds."""


class MessageDeleteEvent(MessageEvent):
    """A message was deleted."""

    id: Optional[str] = None
    """Event id. One event can be delivered twice; the id tells."""
    event: Literal["message.delete"] = "message.delete"
    """Always `message.delete`."""
    session: str = ""
    """Name of the session the event belongs to."""
    timestamp: Optional[Timestamp] = None
    """When the event happened."""
    payload: MessageDeletePayload = Field(default_factory=factory_of(MessageDeletePayload))
    """The message."""


class MessageEditedPayload(TitanModel):
    """A message that was edited."""

    id: Optional[str] = None
    """Id of the message."""
    chat_id: Optional[str] = None
    """JID of the chat that the message is in."""
    text: Optional[str] = None
    """The new text."""
    from_me: Optional[bool] = None
    """Whether the session's own account edited it."""
    sender: Optional[JIDRef] = None
    """The person who edited it, where it was not the account itself."""
    timestamp: Optional[int] = None
    """When it happened, in Unix seconds."""


class MessageEditedEvent(MessageEvent):
    """A message got a new text."""

    id: Optional[str] = None
    """Event id. One event can be delivered twice; the id tells."""
    event: Literal["message.edited"] = "message.edited"
    """Always `message.edited`."""
    session: str = ""
    """Name of the session the event belongs to."""
    timestamp: Optional[Timestamp] = None
    """When the event happened."""
    payload: MessageEditedPayload = Field(default_factory=factory_of(MessageEditedPayload))
    """The message with its new text."""


class MessagePayloadType(OpenEnum):
    """
    Kinds of message that arrive. Titan may add more.
    """

    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "document"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACT = "contact"
    POLL = "poll"
    REACTION = "reaction"


class MessagePayload(TitanModel):
    """A message that came or went."""

    id: Optional[str] = None
    """Message id."""
    from_: Optional[JIDRef] = Field(default=None, alias="from")
    """The chat: a person, a group or a channel."""
    sender: Optional[JIDRef] = None
    """The person who wrote it, in groups."""
    type: Optional[MessagePayloadType] = None
    """Kind of message."""
    body: Optional[str] = None
    """The text of the message."""
    text: Optional[str] = None
    """The text of the message."""
    timestamp: Optional[int] = None
    """Time of the message, in Unix seconds."""
    from_me: Optional[bool] = None
    """Whether the session's own account wrote it."""
    push_name: Optional[str] = None
    """The name the sender chose."""
    is_group: Optional[bool] = None
    """Whether the chat is a group."""
    media_id: Optional[str] = None
    """Id of the attached file, for the media operations."""
    mime_type: Optional[str] = None
    """Media type of the attached file."""
    file_length: Optional[int] = None
    """Size of the attached file in bytes."""
    media_url: Optional[str] = None
    """Address of the attached file, where Titan persists media by itself."""


class MessageReactionPayload(TitanModel):
    """A reaction to a message."""

    id: Optional[str] = None
    """Id of the message."""
    chat_id: Optional[str] = None
    """JID of the chat that the message is in."""
    reaction: Optional[str] = None
    """The emoji; empty where the reaction was taken back."""
    from_me: Optional[bool] = None
    """Whether the session's own account reacted."""
    sender: Optional[JIDRef] = None
    """The person who reacted, where it was not the account itself."""
    timestamp: Optional[int] = None
    """When it happened, in Unix seconds."""


class MessageReactionEvent(MessageEvent):
    """Someone reacted to a message."""

    id: Optional[str] = None
    """Event id. One event can be delivered twice; the id tells."""
    event: Literal["message.reaction"] = "message.reaction"
    """Always `message.reaction`."""
    session: str = ""
    """Name of the session the event belongs to."""
    timestamp: Optional[Timestamp] = None
    """When the event happened."""
    payload: MessageReactionPayload = Field(default_factory=factory_of(MessageReactionPayload))
    """The reaction."""


class MessageReceivedEvent(MessageEvent):
    """A message arrived."""

    id: Optional[str] = None
    """Event id. One event can be delivered twice; the id tells."""
    event: Literal["message.received"] = "message.received"
    """Always `message.received`."""
    session: str = ""
    """Name of the session the event belongs to."""
    timestamp: Optional[Timestamp] = None
    """When the event happened."""
    payload: MessagePayload = Field(default_factory=factory_of(MessagePayload))
    """The message."""


class MessageRevokedPayload(TitanModel):
    """A message that was revoked for everyone."""

    id: Optional[str] = None
    """Id of the message."""
    chat_id: Optional[str] = None
    """JID of the chat that the message is in."""
    from_me: Optional[bool] = None
    """Whether the session's own account revoked it."""
    sender: Optional[JIDRef] = None
    """The person who revoked it, where it was not the account itself."""
    timestamp: Optional[int] = None
    """When it happened, in Unix seconds."""


class MessageRevokedEvent(MessageEvent):
    """A message was revoked for everyone."""

    id: Optional[str] = None
    """Event id. One event can be delivered twice; the id tells."""
    event: Literal["message.revoked"] = "message.revoked"
    """Always `message.revoked`."""
    session: str = ""
    """Name of the session the event belongs to."""
    timestamp: Optional[Timestamp] = None
    """When the event happened."""
    payload: MessageRevokedPayload = Field(default_factory=factory_of(MessageRevokedPayload))
    """The message."""


class MessageSentEvent(MessageEvent):
    """A message was sent."""

    id: Optional[str] = None
    """Event id. One event can be delivered twice; the id tells."""
    event: Literal["message.sent"] = "message.sent"
    """Always `message.sent`."""
    session: str = ""
    """Name of the session the event belongs to."""
    timestamp: Optional[Timestamp] = None
    """When the event happened."""
    payload: MessagePayload = Field(default_factory=factory_of(MessagePayload))
    """The message."""


class MessageStatus(OpenEnum):
    """
    How far a message has come.
    """

    PENDING = "pending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"


class MessageAckPayload(TitanModel):
    """How far a message has come."""

    id: Optional[str] = None
    """Id of the message."""
    chat_id: Optional[str] = None
    """JID of the chat that the message is in."""
    status: Optional[MessageStatus] = None
    """How far it has come. It only moves forward, but events can come out of order."""
    from_me: Optional[bool] = None
    """Whether the session's own account wrote the message."""
    sender: Optional[JIDRef] = None
    """The person who received or read it, in groups."""
    timestamp: Optional[int] = None
    """When it happened, in Unix seconds."""


class MessageAckEvent(MessageEvent):
    """A message was delivered or read."""

    id: Optional[str] = None
    """Event id. One event can be delivered twice; the id tells."""
    event: Literal["message.ack"] = "message.ack"
    """Always `message.ack`."""
    session: str = ""
    """Name of the session the event belongs to."""
    timestamp: Optional[Timestamp] = None
    """When the event happened."""
    payload: MessageAckPayload = Field(default_factory=factory_of(MessageAckPayload))
    """How far the message has come."""


class MessageType(OpenEnum):
    """
    Kinds of message that can be sent.
    """

    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    VOICE = "voice"
    FILE = "file"
    STICKER = "sticker"
    POLL = "poll"
    LOCATION = "location"
    CONTACT = "contact"


class Message(TitanModel):
    """A message that was handed to WhatsApp. Which fields come depends on the route; only `id` is always there."""

    id: str
    """Message id."""
    session: Optional[str] = None
    """Name of the session that sent it."""
    chat_id: Optional[str] = None
    """JID of the chat the message is in."""
    from_me: Optional[bool] = None
    """Whether the session's own account wrote it."""
    status: Optional[MessageStatus] = None
    """How far the message has come."""
    type: Optional[MessageType] = None
    """Kind of message."""
    text: Optional[str] = None
    """The text, on text messages."""
    sent_at: Optional[Timestamp] = None
    """When the message was sent."""
    timestamp: Optional[Timestamp] = None
    """Time of the message."""
    from_phone_number: Optional[str] = None
    """Phone number of the target chat in E.164 form with a leading `+` (of the target, despite the name)."""
    from_lid: Optional[str] = None
    """LID of the target chat (of the target, despite the name)."""
    media_id: Optional[str] = None
    """Id of the attached file, for the media operations."""


class MessageUpdatePayload(TitanModel):
    """What changed on a message."""

    id: Optional[str] = None
    """Id of the message."""
    chat_id: Optional[str] = None
    """JID of the chat that the message is in."""
    starred: Optional[bool] = None
    """Whether the message is starred now."""
    from_me: Optional[bool] = None
    """Whether the session's own account changed it."""
    sender: Optional[JIDRef] = None
    """The person who changed it, where it was not the account itself."""
    timestamp: Optional[int] = None
    """When it happened, in Unix seconds."""


class MessageUpdateEvent(MessageEvent):
    """A message changed."""

    id: Optional[str] = None
    """Event id. One event can be delivered twice; the id tells."""
    event: Literal["message.update"] = "message.update"
    """Always `message.update`."""
    session: str = ""
    """Name of the session the event belongs to."""
    timestamp: Optional[Timestamp] = None
    """When the event happened."""
    payload: MessageUpdatePayload = Field(default_factory=factory_of(MessageUpdatePayload))
    """What changed."""


class MessageVotePayload(TitanModel):
    """A person's choice in a poll."""

    id: Optional[str] = None
    """Id of the message."""
    chat_id: Optional[str] = None
    """JID of the chat that the message is in."""
    options: Optional[list[str]] = None
    """The options that the person chose now, instead of those before; empty where the vote was taken back."""
    from_me: Optional[bool] = None
    """Whether the session's own account voted."""
    sender: Optional[JIDRef] = None
    """The person who voted, where it was not the account itself."""
    timestamp: Optional[int] = None
    """When it happened, in Unix seconds."""


class MessageVoteEvent(MessageEvent):
    """Someone voted in a poll."""

    id: Optional[str] = None
    """Event id. One event can be delivered twice; the id tells."""
    event: Literal["message.vote"] = "message.vote"
    """Always `message.vote`."""
    session: str = ""
    """Name of the session the event belongs to."""
    timestamp: Optional[Timestamp] = None
    """When the event happened."""
    payload: MessageVotePayload = Field(default_factory=factory_of(MessageVotePayload))
    """The vote."""


class MintClientTokenRequest(TitanModel):
    """A client token to mint."""

    session: str
    """Session the token is for; it works for no other."""
    ephemeral_id: str
    """Your own id for the user of the token. Limits are counted by it."""
    ttl: Optional[int] = None
    """Lifetime in seconds, at least 1; 900 where it is left out."""


class MuteChatRequest(TitanModel):
    """How long to mute a chat."""

    duration: Optional[int] = None
    """Length of the mute in seconds."""


class PairingCode(TitanModel):
    """A code to type on the phone under Linked devices."""

    __titan_secrets__: ClassVar[FrozenSet[str]] = frozenset({"code"})

    code: str
    """Code of 8 digits."""


class PairingCodeRequest(TitanModel):
    """The phone number to pair by code."""

    phone_number: str
    """Phone number of the WhatsApp account, with country code."""


class PairingQR(TitanModel):
    """A QR code to scan with the phone. It changes about every 20 seconds."""

    __titan_secrets__: ClassVar[FrozenSet[str]] = frozenset({"qr"})

    __titan_nullable__: ClassVar[FrozenSet[str]] = frozenset({"event"})

    qr: str
    """
    Either a PNG as a data URI or the raw text to draw as a QR code (`2@ABC...`).
    The data URI begins with `data:image/png;base64,`.
    """
    event: Optional[str] = None
    """Name of the pairing event the code came with, or null."""


class PresenceSetting(OpenEnum):
    """
    What the account shows to others: available (online) or unavailable (offline).
    """

    AVAILABLE = "available"
    UNAVAILABLE = "unavailable"


class PresenceState(OpenEnum):
    """
    What a chat shows: available (online), unavailable (offline), composing (typing) or recording (a voice note).
    """

    AVAILABLE = "available"
    UNAVAILABLE = "unavailable"
    COMPOSING = "composing"
    RECORDING = "recording"


class Presence(TitanModel):
    """What a chat last showed."""

    chat_id: str
    """JID of the chat."""
    presence: Optional[PresenceState] = None
    """What it shows."""
    last_seen: Optional[Timestamp] = None
    """When the person was last online. It may be missing."""


class PresenceUpdatePayload(TitanModel):
    """What a chat shows now."""

    from_: Optional[JIDRef] = Field(default=None, alias="from")
    """The chat."""
    sender: Optional[JIDRef] = None
    """The person, in groups."""
    state: Optional[str] = None
    """What the person does, for example `composing` or `paused`; the set is open."""
    presence: Optional[PresenceState] = None
    """Whether the person is online."""
    last_seen: Optional[Timestamp] = None
    """When the person was last online."""


class PresenceUpdateEvent(WebhookEvent):
    """A chat shows a new presence."""

    id: Optional[str] = None
    """Event id. One event can be delivered twice; the id tells."""
    event: Literal["presence.update"] = "presence.update"
    """Always `presence.update`."""
    session: str = ""
    """Name of the session the event belongs to."""
    timestamp: Optional[Timestamp] = None
    """When the event happened."""
    payload: PresenceUpdatePayload = Field(default_factory=factory_of(PresenceUpdatePayload))
    """The new presence."""


class Profile(TitanModel):
    """The account's own profile. Any field can be missing."""

    id: Optional[str] = None
    """JID of the account."""
    phone_number: Optional[str] = None
    """Phone number in E.164 form with a leading `+`."""
    name: Optional[str] = None
    """The name shown to others."""
    status: Optional[str] = None
    """The about text."""
    profile_url: Optional[str] = None
    """Address of the profile picture."""


class ProfilePicture(TitanModel):
    """A person's profile picture."""

    url: Optional[str] = None
    """Address of the picture."""


class QuotedMessage(TitanModel):
    """The message that is answered."""

    id: str
    """Id of the message."""
    chat_id: Optional[str] = None
    """JID of the chat the message is in, if it is another chat."""
    participant: Optional[str] = None
    """JID of the person who wrote it, in groups."""


class OutgoingMessage(TitanModel):
    """What every message to send can have, whatever its type."""

    chat_id: str
    """JID of the chat: a person `5511999999999@s.whatsapp.net` (digits, no `+`), a group `120363012345678901@g.us`, a channel `<id>@newsletter`, or `status@broadcast` for a status post (story)."""
    quoted_message: Optional[QuotedMessage] = None
    """The message this one answers."""
    mentions: Optional[list[str]] = None
    """JIDs of the people mentioned, at most 256. Each must also stand in the text as `@` and the number."""
    is_forwarded: Optional[bool] = None
    """Show the message as forwarded."""


class ContactMessage(OutgoingMessage):
    """One or more contact cards, from `contacts` or `vcard`."""

    type: Literal["contact"] = "contact"
    """Always `contact`."""
    contacts: Optional[list[ContactCard]] = None
    """The cards. Give `contacts` or `vcard`."""
    vcard: Optional[str] = None
    """One card as vCard text. Give `vcard` or `contacts`."""


class FileMessage(OutgoingMessage):
    """A document, from `url` or `base64`."""

    type: Literal["file"] = "file"
    """Always `file`."""
    url: Optional[str] = None
    """HTTPS address Titan fetches the file from; at most 50 MB; any kind of file. Give `url` or `base64`."""
    base64: Optional[str] = None
    """The file's bytes in base64; at most 70 MB; any kind of file. Give `base64` or `url`."""
    filename: str
    """Name the recipient sees, with its extension."""
    caption: Optional[str] = None
    """Text under the document."""


class ImageMessage(OutgoingMessage):
    """A picture, from `url` or `base64`."""

    type: Literal["image"] = "image"
    """Always `image`."""
    url: Optional[str] = None
    """HTTPS address Titan fetches the file from; at most 50 MB; JPEG, PNG or WebP. Give `url` or `base64`."""
    base64: Optional[str] = None
    """The file's bytes in base64; at most 70 MB; JPEG, PNG or WebP. Give `base64` or `url`."""
    caption: Optional[str] = None
    """Text under the picture."""


class LocationMessage(OutgoingMessage):
    """A place on the map."""

    type: Literal["location"] = "location"
    """Always `location`."""
    latitude: float
    """Latitude in degrees, south is negative."""
    longitude: float
    """Longitude in degrees, west is negative."""
    name: Optional[str] = None
    """Name of the place."""
    address: Optional[str] = None
    """Address of the place."""


class PollMessage(OutgoingMessage):
    """A poll."""

    type: Literal["poll"] = "poll"
    """Always `poll`."""
    question: str
    """What is asked."""
    options: list[str]
    """The answers to choose from, 2 to 12."""
    multiple_answers: Optional[bool] = None
    """Whether one person may choose several answers."""


class ReactRequest(TitanModel):
    """A reaction to a message."""

    chat_id: str
    """JID of the chat."""
    message_id: str
    """Id of the message."""
    reaction: str
    """One emoji; an empty string removes the reaction."""


RecipientMode = TypeAliasType("RecipientMode", Union[Literal["conversation"], str])
"""Whom client tokens may write to. The set is open."""


class ClientRules(TitanModel):
    """What the client tokens of a session may do. Changes act at once."""

    recipient_mode: RecipientMode
    """Whom tokens may write to. `conversation` is known; the set is open."""
    allowed_actions: Optional[ClientAction] = None
    """Allowed actions in one comma-separated string; omitted, none is allowed. Known actions: `send_message`, `send_reaction`, `send_typing`, `send_seen`, `read_presence`, `subscribe_presence`, `read_contact`; the set is open."""
    rate_limit: Optional[int] = None
    """Requests per minute for one ephemeralId; 0 means no limit."""
    max_daily: Optional[int] = None
    """Messages and reactions per day for one ephemeralId (`send_message` and `send_reaction` count); 0 means no limit."""
    allowed_origins: Optional[str] = None
    """Origins a browser may call from, in one comma-separated string; empty means that the origin is not checked."""
    enabled: Optional[bool] = None
    """Whether client tokens work for this session."""


RetryPolicy = TypeAliasType("RetryPolicy", Union[Literal["exponential"], str])
"""How the delay between deliveries develops. The set is open."""


Scope = TypeAliasType(
    "Scope",
    Union[
        Literal[
            "*",
            "sessions:read",
            "sessions:manage",
            "messages:write",
            "chats:read",
            "chats:manage",
            "contacts:read",
            "contacts:manage",
            "groups:read",
            "groups:manage",
            "channels:read",
            "channels:manage",
            "webhooks:manage",
        ],
        str,
    ],
)
"""What a key may do; `*` stands for everything. The set is open."""


class AccountKey(TitanModel):
    """A server API key of the account."""

    __titan_secrets__: ClassVar[FrozenSet[str]] = frozenset({"key"})

    id: str
    """Key id, not the key itself."""
    key: Optional[str] = None
    """The key itself, about 104 characters. Only the answer to create has it."""
    label: Optional[str] = None
    """A name for people to tell keys apart."""
    scopes: Optional[list[Scope]] = None
    """
    What the key may do; the set of scopes is open.
    Known are `*` (everything), `sessions:read`, `sessions:manage`, `messages:write`, `chats:read`, `chats:manage`, `contacts:read`, `contacts:manage`, `groups:read`, `groups:manage`, `channels:read`, `channels:manage`, `webhooks:manage`.
    """
    is_active: Optional[bool] = None
    """Whether the key works."""
    created_at: Optional[Timestamp] = None
    """When the key was created."""
    expires_at: Optional[Timestamp] = None
    """When the key stops working."""


class CreateAccountKeyRequest(TitanModel):
    """A server API key to create."""

    label: str
    """A name for people to tell keys apart."""
    lifetime_days: int
    """Lifetime in days, at least 1."""
    scopes: list[Scope]
    """
    What the key may do; the set of scopes is open.
    Known are `*` (everything), `sessions:read`, `sessions:manage`, `messages:write`, `chats:read`, `chats:manage`, `contacts:read`, `contacts:manage`, `groups:read`, `groups:manage`, `channels:read`, `channels:manage`, `webhooks:manage`.
    """


class SeenRequest(TitanModel):
    """Messages to mark as read."""

    chat_id: str
    """JID of the chat."""
    message_ids: Optional[list[str]] = None
    """Ids of the messages; may be left out."""


class SessionLoggedOutPayload(TitanModel):
    """Why a session was logged out."""

    reason: Optional[str] = None
    """Why, for example `LOGGED_OUT`; the set is open."""


class SessionLoggedOutEvent(WebhookEvent):
    """A session was logged out."""

    id: Optional[str] = None
    """Event id. One event can be delivered twice; the id tells."""
    event: Literal["session.logged_out"] = "session.logged_out"
    """Always `session.logged_out`."""
    session: str = ""
    """Name of the session the event belongs to."""
    timestamp: Optional[Timestamp] = None
    """When the event happened."""
    payload: SessionLoggedOutPayload = Field(default_factory=factory_of(SessionLoggedOutPayload))
    """Why it was logged out."""


class SessionPlatform(OpenEnum):
    """
    Kind of WhatsApp account: smba is WhatsApp Business, consumer is ordinary WhatsApp.
    """

    SMBA = "smba"
    CONSUMER = "consumer"


class SessionConnectedPayload(TitanModel):
    """The account a session connected to."""

    phone_number: Optional[str] = None
    """The connected phone number in E.164 form with a leading `+`."""
    push_name: Optional[str] = None
    """The name the account shows to others."""
    business_name: Optional[str] = None
    """Name of the business, on WhatsApp Business accounts."""
    platform: Optional[SessionPlatform] = None
    """Kind of WhatsApp account."""
    lid: Optional[str] = None
    """The account's LID."""


class SessionConnectedEvent(WebhookEvent):
    """A session connected to WhatsApp."""

    id: Optional[str] = None
    """Event id. One event can be delivered twice; the id tells."""
    event: Literal["session.connected"] = "session.connected"
    """Always `session.connected`."""
    session: str = ""
    """Name of the session the event belongs to."""
    timestamp: Optional[Timestamp] = None
    """When the event happened."""
    payload: SessionConnectedPayload = Field(default_factory=factory_of(SessionConnectedPayload))
    """The account."""


class SessionQRPayload(TitanModel):
    """A new QR code to scan."""

    __titan_secrets__: ClassVar[FrozenSet[str]] = frozenset({"qr"})

    qr: Optional[str] = None
    """Data URI of a PNG or the raw text to draw, as the pairing route gives it."""


class SessionQREvent(WebhookEvent):
    """A session has a new QR code."""

    id: Optional[str] = None
    """Event id. One event can be delivered twice; the id tells."""
    event: Literal["session.qr"] = "session.qr"
    """Always `session.qr`."""
    session: str = ""
    """Name of the session the event belongs to."""
    timestamp: Optional[Timestamp] = None
    """When the event happened."""
    payload: SessionQRPayload = Field(default_factory=factory_of(SessionQRPayload))
    """The new QR code."""


class SessionStatus(OpenEnum):
    """
    Connection state of a session.
    """

    CONNECTING = "CONNECTING"
    CONNECTED = "CONNECTED"
    DISCONNECTED = "DISCONNECTED"


class SessionStatusReason(OpenEnum):
    """
    What stands behind a status. With CONNECTING: SCAN_QR (waits to be paired) and AUTO_RECONNECT (Titan reconnects by itself). With DISCONNECTED: MANUAL_STOP, QR_TIMEOUT (nobody scanned the code, start again), LOGGED_OUT, FAILED, TEMPORARY_BAN and STREAM_ERROR.
    """

    SCAN_QR = "SCAN_QR"
    AUTO_RECONNECT = "AUTO_RECONNECT"
    MANUAL_STOP = "MANUAL_STOP"
    QR_TIMEOUT = "QR_TIMEOUT"
    LOGGED_OUT = "LOGGED_OUT"
    FAILED = "FAILED"
    TEMPORARY_BAN = "TEMPORARY_BAN"
    STREAM_ERROR = "STREAM_ERROR"


class Session(TitanModel):
    """One WhatsApp number connected to Titan. Only `name` and `status` are always there."""

    __titan_secrets__: ClassVar[FrozenSet[str]] = frozenset({"proxy"})

    __titan_nullable__: ClassVar[FrozenSet[str]] = frozenset({"status_reason"})

    name: str
    """Session name, as given when the session was created."""
    status: SessionStatus
    """Whether the session is connected to WhatsApp."""
    status_reason: Optional[SessionStatusReason] = None
    """Why the session has this status; null when there is nothing to add."""
    phone_number: Optional[str] = None
    """The connected phone number in E.164 form with a leading `+`."""
    push_name: Optional[str] = None
    """The name the account shows to others."""
    business_name: Optional[str] = None
    """Name of the business, on WhatsApp Business accounts."""
    platform: Optional[SessionPlatform] = None
    """Kind of WhatsApp account."""
    lid: Optional[str] = None
    """The account's LID, WhatsApp's identifier that hides the phone number."""
    proxy: Optional[str] = None
    """HTTP, HTTPS or SOCKS5 URL the session connects through; it may hold credentials."""
    config: Optional[dict[str, Any]] = None
    """The session's own settings, such as safe mode."""
    created_at: Optional[Timestamp] = None
    """When the session was created."""
    updated_at: Optional[Timestamp] = None
    """When the session was last changed."""


class SessionStatusPayload(TitanModel):
    """The new status of a session."""

    __titan_nullable__: ClassVar[FrozenSet[str]] = frozenset({"status_reason"})

    status: Optional[SessionStatus] = None
    """The new status."""
    status_reason: Optional[SessionStatusReason] = None
    """Why; null when there is nothing to add."""


class SessionStatusEvent(WebhookEvent):
    """A session changed its status."""

    id: Optional[str] = None
    """Event id. One event can be delivered twice; the id tells."""
    event: Literal["session.status"] = "session.status"
    """Always `session.status`."""
    session: str = ""
    """Name of the session the event belongs to."""
    timestamp: Optional[Timestamp] = None
    """When the event happened."""
    payload: SessionStatusPayload = Field(default_factory=factory_of(SessionStatusPayload))
    """The new status."""


class SetPresenceRequest(TitanModel):
    """The account's own presence."""

    presence: PresenceSetting
    """What to show to others."""


class StarMessageRequest(TitanModel):
    """A message to star or unstar."""

    chat_id: str
    """JID of the chat."""
    message_id: str
    """Id of the message."""
    star: bool
    """True sets the star, false removes it."""


class StickerMessage(OutgoingMessage):
    """A sticker, from `url` or `base64`."""

    type: Literal["sticker"] = "sticker"
    """Always `sticker`."""
    url: Optional[str] = None
    """HTTPS address Titan fetches the file from; at most 50 MB; WebP. Give `url` or `base64`."""
    base64: Optional[str] = None
    """The file's bytes in base64; at most 70 MB; WebP. Give `base64` or `url`."""


class TextMessage(OutgoingMessage):
    """A text message."""

    type: Literal["text"] = "text"
    """Always `text`."""
    text: str
    """The text, which is not empty."""
    link_preview: Optional[bool] = None
    """Whether a link in the text gets a preview."""


class TypingState(OpenEnum):
    """
    What a chat shows: composing (typing), recording (a voice note), or paused (neither).
    """

    COMPOSING = "composing"
    RECORDING = "recording"
    PAUSED = "paused"


class TypingRequest(TitanModel):
    """What to show in a chat while a message is prepared."""

    chat_id: str
    """JID of the chat."""
    state: TypingState
    """What to show."""


class UpdateAccountKeyRequest(TitanModel):
    """What to change about a key: its label, whether it works, or both."""

    label: Optional[str] = None
    """A name for people to tell keys apart."""
    is_active: Optional[bool] = None
    """Whether the key works."""


class UpdateGroupDescriptionRequest(TitanModel):
    """A new description for a group."""

    description: str
    """The new description."""


class UpdateGroupPictureRequest(TitanModel):
    """A new picture for a group, from `url` or `base64`."""

    url: Optional[str] = None
    """HTTPS address Titan fetches the file from; at most 50 MB; an image. Give `url` or `base64`."""
    base64: Optional[str] = None
    """The file's bytes in base64; at most 70 MB; an image. Give `base64` or `url`."""


class UpdateGroupSubjectRequest(TitanModel):
    """A new name for a group."""

    subject: str
    """The new name."""


class UpdateLabelRequest(TitanModel):
    """What to change about a label: its name, its colour, or both."""

    name: Optional[str] = None
    """New name."""
    color: Optional[int] = None
    """New index in WhatsApp's colour palette."""


class UpdateProfileNameRequest(TitanModel):
    """A new name for the account."""

    name: str
    """The name shown to others."""


class UpdateProfilePictureRequest(TitanModel):
    """A new profile picture, from `url` or `base64`."""

    url: Optional[str] = None
    """HTTPS address Titan fetches the file from; at most 50 MB; an image. Give `url` or `base64`."""
    base64: Optional[str] = None
    """The file's bytes in base64; at most 70 MB; an image. Give `base64` or `url`."""


class UpdateProfileStatusRequest(TitanModel):
    """A new about text for the account."""

    status: str
    """The about text."""


class VideoMessage(OutgoingMessage):
    """A video, from `url` or `base64`."""

    type: Literal["video"] = "video"
    """Always `video`."""
    url: Optional[str] = None
    """HTTPS address Titan fetches the file from; at most 50 MB; MP4. Give `url` or `base64`."""
    base64: Optional[str] = None
    """The file's bytes in base64; at most 70 MB; MP4. Give `base64` or `url`."""
    caption: Optional[str] = None
    """Text under the video."""


class VoiceMessage(OutgoingMessage):
    """An audio message, from `url` or `base64`."""

    type: Literal["voice"] = "voice"
    """Always `voice`."""
    url: Optional[str] = None
    """HTTPS address Titan fetches the file from; at most 50 MB; OGG or MP3. Give `url` or `base64`."""
    base64: Optional[str] = None
    """The file's bytes in base64; at most 70 MB; OGG or MP3. Give `base64` or `url`."""
    ptt: Optional[bool] = None
    """Send it as a push-to-talk voice note."""


SendMessageRequest = TypeAliasType(
    "SendMessageRequest",
    Annotated[
        Union[
            TextMessage,
            ImageMessage,
            VideoMessage,
            VoiceMessage,
            FileMessage,
            StickerMessage,
            PollMessage,
            LocationMessage,
            ContactMessage,
        ],
        Field(..., discriminator="type"),
    ],
)
"""A message to send; `type` tells which kind."""


class WebhookHeader(TitanModel):
    """A header sent with every delivery."""

    __titan_secrets__: ClassVar[FrozenSet[str]] = frozenset({"value"})

    name: Optional[str] = None
    """Header name."""
    value: Optional[str] = None
    """Header value; it often carries a credential."""


class WebhookRetries(TitanModel):
    """How a failed delivery is tried again."""

    attempts: Optional[int] = None
    """How many times a delivery is tried."""
    delay_seconds: Optional[int] = None
    """Seconds between attempts; how they grow is up to the policy."""
    policy: Optional[RetryPolicy] = None
    """How the delay develops. `exponential` is known; the set is open."""


class CreateWebhookRequest(TitanModel):
    """A webhook to create."""

    __titan_secrets__: ClassVar[FrozenSet[str]] = frozenset({"hmac_key"})

    url: str
    """HTTPS address the events are posted to. It must be public: private addresses are refused."""
    events: Optional[list[EventName]] = None
    """Names of the events to deliver, for example `message.received`; omitted, empty or `["*"]` means all. The list of names is open."""
    session: Optional[str] = None
    """Deliver only events of this session; left out, those of all sessions."""
    hmac_key: Optional[str] = None
    """Your signing key. Deliveries are signed with it; only the answer to create returns it."""
    label: Optional[str] = None
    """A name for people to tell webhooks apart."""
    headers: Optional[list[WebhookHeader]] = None
    """Headers to send with every delivery."""
    retries: Optional[WebhookRetries] = None
    """How a failed delivery is tried again."""
    enabled: Optional[bool] = None
    """Whether events are delivered."""


class UpdateWebhookRequest(TitanModel):
    """What to change about a webhook; every field is optional."""

    __titan_secrets__: ClassVar[FrozenSet[str]] = frozenset({"hmac_key"})

    url: Optional[str] = None
    """HTTPS address the events are posted to. It must be public: private addresses are refused."""
    events: Optional[list[EventName]] = None
    """Names of the events to deliver, for example `message.received`; omitted, empty or `["*"]` means all. The list of names is open."""
    session: Optional[str] = None
    """Deliver only events of this session; left out, those of all sessions."""
    hmac_key: Optional[str] = None
    """A new signing key in place of the old one. This is how a lost key is replaced."""
    label: Optional[str] = None
    """A name for people to tell webhooks apart."""
    headers: Optional[list[WebhookHeader]] = None
    """Headers to send with every delivery."""
    retries: Optional[WebhookRetries] = None
    """How a failed delivery is tried again."""
    enabled: Optional[bool] = None
    """Whether events are delivered."""


class Webhook(TitanModel):
    """An address that events are posted to."""

    __titan_secrets__: ClassVar[FrozenSet[str]] = frozenset({"hmac_key"})

    __titan_nullable__: ClassVar[FrozenSet[str]] = frozenset({"session"})

    id: int
    """Webhook id."""
    url: Optional[str] = None
    """HTTPS address the events are posted to."""
    events: Optional[list[EventName]] = None
    """Names of the events that are delivered; empty means all. The list of names is open."""
    session: Optional[str] = None
    """Only events of this session are delivered; null means all sessions."""
    label: Optional[str] = None
    """A name for people to tell webhooks apart."""
    enabled: Optional[bool] = None
    """Whether events are delivered."""
    headers: Optional[list[WebhookHeader]] = None
    """Headers sent with every delivery."""
    retries: Optional[WebhookRetries] = None
    """How a failed delivery is tried again."""
    hmac_key: Optional[str] = None
    """The signing key. Only the answer to create has it."""
    created_at: Optional[Timestamp] = None
    """When the webhook was created."""
