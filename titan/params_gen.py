# generated from openapi.yaml and sdk.yaml by scripts/generate; do not edit
"""Request bodies of the Titan API as TypedDicts: plain dicts, in wire names."""

from typing import Any, Literal, Union

from typing_extensions import NotRequired, TypeAlias, TypedDict

from titan._models import Names
from titan.types_gen import (
    ClientAction,
    EventName,
    PresenceSetting,
    RecipientMode,
    RetryPolicy,
    Scope,
    TypingState,
)


class CheckContactsParams(TypedDict):
    """Phone numbers to look up on WhatsApp."""

    phoneNumbers: list[str]
    """Phone numbers with country code."""


class ContactCardParams(TypedDict):
    """A contact card."""

    name: str
    """Name on the card."""
    phoneNumber: str
    """Phone number on the card, in E.164 form with a leading `+`."""
    organization: NotRequired[str]
    """Company on the card."""


class CreateChannelParams(TypedDict):
    """A channel to create."""

    name: str
    """Name of the channel."""
    description: NotRequired[str]
    """Description of the channel."""
    profileUrl: NotRequired[str]
    """Address of a picture for the channel."""


class CreateGroupParams(TypedDict):
    """A group to create."""

    name: str
    """Name of the group. One page of the reference limits it to 25 characters, another states no limit."""
    participants: list[str]
    """JIDs of the people to add, at most 256."""


class CreateLabelParams(TypedDict):
    """A label to create."""

    name: str
    """Name of the label."""
    color: NotRequired[int]
    """Index in WhatsApp's colour palette."""


class CreateSessionParams(TypedDict):
    """A session to create."""

    name: str
    """Name of the new session: 1 to 64 letters, digits, dots, hyphens and underscores. The reference also asks that it begins with a letter or digit."""
    start: NotRequired[bool]
    """Start the session at once, so that it is ready for pairing. Left out, it is not started."""
    proxy: NotRequired[str]
    """HTTP, HTTPS or SOCKS5 URL the session is to connect through; it may hold credentials."""
    config: NotRequired[dict[str, Any]]
    """Settings of this session, such as safe mode."""


class DeleteMessageParams(TypedDict):
    """A message to delete."""

    chatId: str
    """JID of the chat."""
    messageId: str
    """Id of the message."""
    forEveryone: NotRequired[bool]
    """Delete it for everyone in the chat, not only for this account."""


class EditMessageParams(TypedDict):
    """A new text for a sent message."""

    chatId: str
    """JID of the chat."""
    messageId: str
    """Id of the message."""
    text: str
    """The new text, which is not empty."""


class GroupParticipantsParams(TypedDict):
    """People of a group."""

    participants: list[str]
    """JIDs of the people, at most 256."""


class JoinGroupParams(TypedDict):
    """An invitation to accept."""

    code: str
    """Invite code, the last part of an invite link."""


class LabelChatsParams(TypedDict):
    """Chats to put a label on or take it from."""

    chatIds: list[str]
    """JIDs of the chats."""


class MintClientTokenParams(TypedDict):
    """A client token to mint."""

    session: str
    """Session the token is for; it works for no other."""
    ephemeralId: str
    """Your own id for the user of the token. Limits are counted by it."""
    ttl: NotRequired[int]
    """Lifetime in seconds, at least 1; 900 where it is left out."""


class MuteChatParams(TypedDict):
    """How long to mute a chat."""

    duration: NotRequired[int]
    """Length of the mute in seconds."""


class PairingCodeParams(TypedDict):
    """The phone number to pair by code."""

    phoneNumber: str
    """Phone number of the WhatsApp account, with country code."""


class QuotedMessageParams(TypedDict):
    """The message that is answered."""

    id: str
    """Id of the message."""
    chatId: NotRequired[str]
    """JID of the chat the message is in, if it is another chat."""
    participant: NotRequired[str]
    """JID of the person who wrote it, in groups."""


class OutgoingMessageParams(TypedDict):
    """What every message to send can have, whatever its type."""

    chatId: str
    """JID of the chat: a person `5511999999999@s.whatsapp.net` (digits, no `+`), a group `120363012345678901@g.us`, a channel `<id>@newsletter`, or `status@broadcast` for a status post (story)."""
    quotedMessage: NotRequired[QuotedMessageParams]
    """The message this one answers."""
    mentions: NotRequired[list[str]]
    """JIDs of the people mentioned, at most 256. Each must also stand in the text as `@` and the number."""
    isForwarded: NotRequired[bool]
    """Show the message as forwarded."""


class ContactMessageParams(OutgoingMessageParams):
    """One or more contact cards, from `contacts` or `vcard`."""

    type: Literal["contact"]
    """Always `contact`."""
    contacts: NotRequired[list[ContactCardParams]]
    """The cards. Give `contacts` or `vcard`."""
    vcard: NotRequired[str]
    """One card as vCard text. Give `vcard` or `contacts`."""


class FileMessageParams(OutgoingMessageParams):
    """A document, from `url` or `base64`."""

    type: Literal["file"]
    """Always `file`."""
    url: NotRequired[str]
    """HTTPS address Titan fetches the file from; at most 50 MB; any kind of file. Give `url` or `base64`."""
    base64: NotRequired[str]
    """The file's bytes in base64; at most 70 MB; any kind of file. Give `base64` or `url`."""
    filename: str
    """Name the recipient sees, with its extension."""
    caption: NotRequired[str]
    """Text under the document."""


class ImageMessageParams(OutgoingMessageParams):
    """A picture, from `url` or `base64`."""

    type: Literal["image"]
    """Always `image`."""
    url: NotRequired[str]
    """HTTPS address Titan fetches the file from; at most 50 MB; JPEG, PNG or WebP. Give `url` or `base64`."""
    base64: NotRequired[str]
    """The file's bytes in base64; at most 70 MB; JPEG, PNG or WebP. Give `base64` or `url`."""
    caption: NotRequired[str]
    """Text under the picture."""


class LocationMessageParams(OutgoingMessageParams):
    """A place on the map."""

    type: Literal["location"]
    """Always `location`."""
    latitude: float
    """Latitude in degrees, south is negative."""
    longitude: float
    """Longitude in degrees, west is negative."""
    name: NotRequired[str]
    """Name of the place."""
    address: NotRequired[str]
    """Address of the place."""


class PollMessageParams(OutgoingMessageParams):
    """A poll."""

    type: Literal["poll"]
    """Always `poll`."""
    question: str
    """What is asked."""
    options: list[str]
    """The answers to choose from, 2 to 12."""
    multipleAnswers: NotRequired[bool]
    """Whether one person may choose several answers."""


class ReactParams(TypedDict):
    """A reaction to a message."""

    chatId: str
    """JID of the chat."""
    messageId: str
    """Id of the message."""
    reaction: str
    """One emoji; an empty string removes the reaction."""


class ClientRulesParams(TypedDict):
    """What the client tokens of a session may do. Changes act at once."""

    recipientMode: RecipientMode
    """Whom tokens may write to. `conversation` is known; the set is open."""
    allowedActions: NotRequired[ClientAction]
    """Allowed actions in one comma-separated string; omitted, none is allowed. Known actions: `send_message`, `send_reaction`, `send_typing`, `send_seen`, `read_presence`, `subscribe_presence`, `read_contact`; the set is open."""
    rateLimit: NotRequired[int]
    """Requests per minute for one ephemeralId; 0 means no limit."""
    maxDaily: NotRequired[int]
    """Messages and reactions per day for one ephemeralId (`send_message` and `send_reaction` count); 0 means no limit."""
    allowedOrigins: NotRequired[str]
    """Origins a browser may call from, in one comma-separated string; empty means that the origin is not checked."""
    enabled: NotRequired[bool]
    """Whether client tokens work for this session."""


class CreateAccountKeyParams(TypedDict):
    """A server API key to create."""

    label: str
    """A name for people to tell keys apart."""
    lifetimeDays: int
    """Lifetime in days, at least 1."""
    scopes: Names[Scope]
    """
    What the key may do; the set of scopes is open.
    Known are `*` (everything), `sessions:read`, `sessions:manage`, `messages:write`, `chats:read`, `chats:manage`, `contacts:read`, `contacts:manage`, `groups:read`, `groups:manage`, `channels:read`, `channels:manage`, `webhooks:manage`.
    """


class SeenParams(TypedDict):
    """Messages to mark as read."""

    chatId: str
    """JID of the chat."""
    messageIds: NotRequired[list[str]]
    """Ids of the messages; may be left out."""


class SetPresenceParams(TypedDict):
    """The account's own presence."""

    presence: Union[PresenceSetting, Literal["available", "unavailable"]]
    """What to show to others."""


class StarMessageParams(TypedDict):
    """A message to star or unstar."""

    chatId: str
    """JID of the chat."""
    messageId: str
    """Id of the message."""
    star: bool
    """True sets the star, false removes it."""


class StickerMessageParams(OutgoingMessageParams):
    """A sticker, from `url` or `base64`."""

    type: Literal["sticker"]
    """Always `sticker`."""
    url: NotRequired[str]
    """HTTPS address Titan fetches the file from; at most 50 MB; WebP. Give `url` or `base64`."""
    base64: NotRequired[str]
    """The file's bytes in base64; at most 70 MB; WebP. Give `base64` or `url`."""


class TextMessageParams(OutgoingMessageParams):
    """A text message."""

    type: Literal["text"]
    """Always `text`."""
    text: str
    """The text, which is not empty."""
    linkPreview: NotRequired[bool]
    """Whether a link in the text gets a preview."""


class TypingParams(TypedDict):
    """What to show in a chat while a message is prepared."""

    chatId: str
    """JID of the chat."""
    state: Union[TypingState, Literal["composing", "recording", "paused"]]
    """What to show."""


class UpdateAccountKeyParams(TypedDict):
    """What to change about a key: its label, whether it works, or both."""

    label: NotRequired[str]
    """A name for people to tell keys apart."""
    isActive: NotRequired[bool]
    """Whether the key works."""


class UpdateGroupDescriptionParams(TypedDict):
    """A new description for a group."""

    description: str
    """The new description."""


class UpdateGroupPictureParams(TypedDict):
    """A new picture for a group, from `url` or `base64`."""

    url: NotRequired[str]
    """HTTPS address Titan fetches the file from; at most 50 MB; an image. Give `url` or `base64`."""
    base64: NotRequired[str]
    """The file's bytes in base64; at most 70 MB; an image. Give `base64` or `url`."""


class UpdateGroupSubjectParams(TypedDict):
    """A new name for a group."""

    subject: str
    """The new name."""


class UpdateLabelParams(TypedDict):
    """What to change about a label: its name, its colour, or both."""

    name: NotRequired[str]
    """New name."""
    color: NotRequired[int]
    """New index in WhatsApp's colour palette."""


class UpdateProfileNameParams(TypedDict):
    """A new name for the account."""

    name: str
    """The name shown to others."""


class UpdateProfilePictureParams(TypedDict):
    """A new profile picture, from `url` or `base64`."""

    url: NotRequired[str]
    """HTTPS address Titan fetches the file from; at most 50 MB; an image. Give `url` or `base64`."""
    base64: NotRequired[str]
    """The file's bytes in base64; at most 70 MB; an image. Give `base64` or `url`."""


class UpdateProfileStatusParams(TypedDict):
    """A new about text for the account."""

    status: str
    """The about text."""


class VideoMessageParams(OutgoingMessageParams):
    """A video, from `url` or `base64`."""

    type: Literal["video"]
    """Always `video`."""
    url: NotRequired[str]
    """HTTPS address Titan fetches the file from; at most 50 MB; MP4. Give `url` or `base64`."""
    base64: NotRequired[str]
    """The file's bytes in base64; at most 70 MB; MP4. Give `base64` or `url`."""
    caption: NotRequired[str]
    """Text under the video."""


class VoiceMessageParams(OutgoingMessageParams):
    """An audio message, from `url` or `base64`."""

    type: Literal["voice"]
    """Always `voice`."""
    url: NotRequired[str]
    """HTTPS address Titan fetches the file from; at most 50 MB; OGG or MP3. Give `url` or `base64`."""
    base64: NotRequired[str]
    """The file's bytes in base64; at most 70 MB; OGG or MP3. Give `base64` or `url`."""
    ptt: NotRequired[bool]
    """Send it as a push-to-talk voice note."""


SendMessageParams: TypeAlias = Union[
    TextMessageParams,
    ImageMessageParams,
    VideoMessageParams,
    VoiceMessageParams,
    FileMessageParams,
    StickerMessageParams,
    PollMessageParams,
    LocationMessageParams,
    ContactMessageParams,
]
"""A message to send; `type` tells which kind."""


class WebhookHeaderParams(TypedDict):
    """A header sent with every delivery."""

    name: NotRequired[str]
    """Header name."""
    value: NotRequired[str]
    """Header value; it often carries a credential."""


class WebhookRetriesParams(TypedDict):
    """How a failed delivery is tried again."""

    attempts: NotRequired[int]
    """How many times a delivery is tried."""
    delaySeconds: NotRequired[int]
    """Seconds between attempts; how they grow is up to the policy."""
    policy: NotRequired[RetryPolicy]
    """How the delay develops. `exponential` is known; the set is open."""


class CreateWebhookParams(TypedDict):
    """A webhook to create."""

    url: str
    """HTTPS address the events are posted to. It must be public: private addresses are refused."""
    events: NotRequired[Names[EventName]]
    """Names of the events to deliver, for example `message.received`; omitted, empty or `["*"]` means all. The list of names is open."""
    session: NotRequired[str]
    """Deliver only events of this session; left out, those of all sessions."""
    hmacKey: NotRequired[str]
    """Your signing key. Deliveries are signed with it; only the answer to create returns it."""
    label: NotRequired[str]
    """A name for people to tell webhooks apart."""
    headers: NotRequired[list[WebhookHeaderParams]]
    """Headers to send with every delivery."""
    retries: NotRequired[WebhookRetriesParams]
    """How a failed delivery is tried again."""
    enabled: NotRequired[bool]
    """Whether events are delivered."""


class UpdateWebhookParams(TypedDict):
    """What to change about a webhook; every field is optional."""

    url: NotRequired[str]
    """HTTPS address the events are posted to. It must be public: private addresses are refused."""
    events: NotRequired[Names[EventName]]
    """Names of the events to deliver, for example `message.received`; omitted, empty or `["*"]` means all. The list of names is open."""
    session: NotRequired[str]
    """Deliver only events of this session; left out, those of all sessions."""
    hmacKey: NotRequired[str]
    """A new signing key in place of the old one. This is how a lost key is replaced."""
    label: NotRequired[str]
    """A name for people to tell webhooks apart."""
    headers: NotRequired[list[WebhookHeaderParams]]
    """Headers to send with every delivery."""
    retries: NotRequired[WebhookRetriesParams]
    """How a failed delivery is tried again."""
    enabled: NotRequired[bool]
    """Whether events are delivered."""
