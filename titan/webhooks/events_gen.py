# generated from openapi.yaml and sdk.yaml by scripts/generate; do not edit
"""Webhook events by name."""

from typing import Any, Callable, Dict, Protocol, Type, TypeVar, Union, overload

from typing_extensions import Literal, deprecated

from titan.types_gen import (
    CallAcceptedEvent,
    CallMissedEvent,
    CallReceivedEvent,
    CallRejectedEvent,
    ChatArchiveEvent,
    ChatMuteEvent,
    ChatReadEvent,
    CommandResultEvent,
    ContactUpdateEvent,
    GroupParticipantEvent,
    GroupUpdateEvent,
    MessageAckEvent,
    MessageDeleteEvent,
    MessageEditedEvent,
    MessageReactionEvent,
    MessageReceivedEvent,
    MessageRevokedEvent,
    MessageSentEvent,
    MessageUpdateEvent,
    MessageVoteEvent,
    PresenceUpdateEvent,
    SessionConnectedEvent,
    SessionLoggedOutEvent,
    SessionQREvent,
    SessionStatusEvent,
)
from titan.webhooks.events import UnknownEvent

R = TypeVar("R")
E = TypeVar("E")
KnownEvent = Union[
    MessageReceivedEvent,
    MessageSentEvent,
    MessageAckEvent,
    MessageRevokedEvent,
    MessageReactionEvent,
    MessageEditedEvent,
    MessageUpdateEvent,
    MessageDeleteEvent,
    MessageVoteEvent,
    SessionStatusEvent,
    SessionQREvent,
    SessionConnectedEvent,
    SessionLoggedOutEvent,
    GroupUpdateEvent,
    GroupParticipantEvent,
    PresenceUpdateEvent,
    CallReceivedEvent,
    CallMissedEvent,
    CallAcceptedEvent,
    CallRejectedEvent,
    ContactUpdateEvent,
    ChatArchiveEvent,
    ChatMuteEvent,
    ChatReadEvent,
    CommandResultEvent,
]
Event = Union[KnownEvent, UnknownEvent]
EventName = Literal[
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
]
EVENT_CLASSES: Dict[str, Type[KnownEvent]] = {
    "message.received": MessageReceivedEvent,
    "message.sent": MessageSentEvent,
    "message.ack": MessageAckEvent,
    "message.revoked": MessageRevokedEvent,
    "message.reaction": MessageReactionEvent,
    "message.edited": MessageEditedEvent,
    "message.update": MessageUpdateEvent,
    "message.delete": MessageDeleteEvent,
    "message.vote": MessageVoteEvent,
    "session.status": SessionStatusEvent,
    "session.qr": SessionQREvent,
    "session.connected": SessionConnectedEvent,
    "session.logged_out": SessionLoggedOutEvent,
    "group.update": GroupUpdateEvent,
    "group.participant": GroupParticipantEvent,
    "presence.update": PresenceUpdateEvent,
    "call.received": CallReceivedEvent,
    "call.missed": CallMissedEvent,
    "call.accepted": CallAcceptedEvent,
    "call.rejected": CallRejectedEvent,
    "contact.update": ContactUpdateEvent,
    "chat.archive": ChatArchiveEvent,
    "chat.mute": ChatMuteEvent,
    "chat.read": ChatReadEvent,
    "command.result": CommandResultEvent,
}


class Register(Protocol[E]):
    """Takes a handler for events of one class, and returns it."""

    def __call__(self, handler: Callable[[E], R], /) -> Callable[[E], R]: ...


class On(Protocol):
    """Types the handler by the name of the event."""

    @overload
    def __call__(self, name: Literal["message.received"], /) -> Register[MessageReceivedEvent]: ...
    @overload
    def __call__(self, name: Literal["message.sent"], /) -> Register[MessageSentEvent]: ...
    @overload
    def __call__(self, name: Literal["message.ack"], /) -> Register[MessageAckEvent]: ...
    @overload
    def __call__(self, name: Literal["message.revoked"], /) -> Register[MessageRevokedEvent]: ...
    @overload
    def __call__(self, name: Literal["message.reaction"], /) -> Register[MessageReactionEvent]: ...
    @overload
    def __call__(self, name: Literal["message.edited"], /) -> Register[MessageEditedEvent]: ...
    @overload
    def __call__(self, name: Literal["message.update"], /) -> Register[MessageUpdateEvent]: ...
    @overload
    def __call__(self, name: Literal["message.delete"], /) -> Register[MessageDeleteEvent]: ...
    @overload
    def __call__(self, name: Literal["message.vote"], /) -> Register[MessageVoteEvent]: ...
    @overload
    def __call__(self, name: Literal["session.status"], /) -> Register[SessionStatusEvent]: ...
    @overload
    def __call__(self, name: Literal["session.qr"], /) -> Register[SessionQREvent]: ...
    @overload
    def __call__(self, name: Literal["session.connected"], /) -> Register[SessionConnectedEvent]: ...
    @overload
    def __call__(self, name: Literal["session.logged_out"], /) -> Register[SessionLoggedOutEvent]: ...
    @overload
    def __call__(self, name: Literal["group.update"], /) -> Register[GroupUpdateEvent]: ...
    @overload
    def __call__(self, name: Literal["group.participant"], /) -> Register[GroupParticipantEvent]: ...
    @overload
    def __call__(self, name: Literal["presence.update"], /) -> Register[PresenceUpdateEvent]: ...
    @overload
    def __call__(self, name: Literal["call.received"], /) -> Register[CallReceivedEvent]: ...
    @overload
    def __call__(self, name: Literal["call.missed"], /) -> Register[CallMissedEvent]: ...
    @overload
    def __call__(self, name: Literal["call.accepted"], /) -> Register[CallAcceptedEvent]: ...
    @overload
    def __call__(self, name: Literal["call.rejected"], /) -> Register[CallRejectedEvent]: ...
    @overload
    def __call__(self, name: Literal["contact.update"], /) -> Register[ContactUpdateEvent]: ...
    @overload
    def __call__(self, name: Literal["chat.archive"], /) -> Register[ChatArchiveEvent]: ...
    @overload
    def __call__(self, name: Literal["chat.mute"], /) -> Register[ChatMuteEvent]: ...
    @overload
    def __call__(self, name: Literal["chat.read"], /) -> Register[ChatReadEvent]: ...
    @overload
    def __call__(self, name: Literal["command.result"], /) -> Register[CommandResultEvent]: ...
    @overload
    def __call__(self, name: Literal["*"], /) -> Register[Event]: ...
    @overload
    def __call__(self, *names: Union[EventName, Literal["*"]]) -> Register[Any]: ...
    @overload
    @deprecated(
        "Titan is not known to send an event of this name: check the spelling, or use on_unknown, which gets all events that this version of the SDK does not know."
    )
    def __call__(self, *names: str) -> Register[Any]: ...
