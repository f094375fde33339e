"""Sending one message, and what its outcome means for it, its session and the key."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, BinaryIO, Optional, Tuple, Union

from ..._privacy import Secret, mask
from ...errors import (
    APIConnectionError,
    APIResponseError,
    APIStatusError,
    ConflictError,
    NotFoundError,
    NotOnWhatsAppError,
    PermissionDeniedError,
    RateLimitError,
    TitanError,
)
from ...types_gen import Message
from ..content import fingerprint
from ..journal.claims import Claimed
from ..journal.outcomes import Outcome
from ..journal.sessions import MISSING

if TYPE_CHECKING:
    from ...client import TitanClient

# The message itself is refused, today and tomorrow.
_NEVER_WORKS = frozenset({400, 413, 414, 415, 422})
# There is no such check, or not for this key.
_CANNOT_CHECK = frozenset({400, 403, 404, 405, 501})
_LONGEST_DELAY = 300.0


class Result:
    """What a worker found out, for the journal to be written and the run to go on.

    Attributes:
        message: The claimed message; None where a session was asked for.
        outcome: What came of the message; None where only its number was looked up.
        sent_to: The chat id that `contacts.resolve` gave.
        is_absent: Whether it said that nobody is there.
        pair: A number and a LID that are of one person, by the answer.
        session: The session that is paused, or was asked for.
        pause: Why it is paused.
        is_check: Whether it only was asked for.
        is_limited: Whether Titan answered 429.
        retry_after: How many seconds it then asked to wait.
        is_restricted: Whether the account may not write to strangers.
        trouble: "refused" where the server surely got nothing, "unclear" where it failed.
        error: What ends the run.
    """

    __slots__ = (
        *("error", "is_absent", "is_check", "is_limited", "is_restricted", "message", "outcome", "pair"),
        *("pause", "retry_after", "sent_to", "session", "trouble"),
    )

    def __init__(self, session: str, message: Optional[Claimed] = None) -> None:
        self.session: str = session
        self.message: Optional[Claimed] = message
        self.outcome: Optional[Outcome] = None
        self.sent_to: Optional[str] = None
        self.is_absent = self.is_check = self.is_limited = self.is_restricted = False
        self.pair: Optional[Tuple[str, str]] = None
        self.pause: Optional[str] = None
        self.retry_after: Optional[float] = None
        self.trouble: Optional[str] = None
        self.error: Optional[BaseException] = None

    def end(self, message: Claimed, kind: Any, reason: Optional[str] = None, **details: Any) -> Result:
        """Say what came of the message."""
        self.outcome = Outcome(message, kind, reason, **details)
        return self

    def __repr__(self) -> str:
        return f"<result of {self.message!r}>"


class Sender:
    """Sends messages with one client.

    Args:
        client: The client. It repeats nothing: the journal decides what is tried again, and when.
    """

    def __init__(self, client: TitanClient) -> None:
        self._client = client.with_options(max_retries=0)

    def handle(self, message: Claimed) -> Result:
        """Look up the number of a message, or send it."""
        result = Result(message.session, message)
        try:
            return self._check(message, result) if message.is_check else self._send(message, result)
        except (ValueError, TypeError) as error:
            # Raised before anything is sent.
            return result.end(message, "failed", f"{type(error).__name__}: {mask(str(error))}")
        except BaseException as error:
            # A hook or a filter of warnings may have raised it, after the request as well as before.
            result.error = error
            kind = "queued" if message.is_check else "unclear"
            return result.end(message, kind, f"the call raised {type(error).__name__}")

    def ask(self, session: str) -> Result:
        """Ask Titan for the status of a paused session."""
        result = Result(session)
        result.is_check = True
        try:
            result.pause = self._status_of(session)
        except BaseException as error:
            # A run waits for each answer: one that never came would keep it for ever.
            result.error = error
        return result

    def _check(self, message: Claimed, result: Result) -> Result:
        try:
            result.sent_to = self._client.contacts.resolve(message.session, message.chat_id)
        except NotOnWhatsAppError:
            result.is_absent = True
        except ValueError:
            # No number of a known country, which the server may know all the same.
            result.sent_to = message.chat_id
        except TitanError as error:
            if not self._cannot_be_checked(message, error):
                return self._put_off(message, result, error)
            if message.is_number:
                result.error = error
                return result.end(message, "queued", str(error))
            result.sent_to = message.chat_id
        return result

    def _cannot_be_checked(self, message: Claimed, error: TitanError) -> bool:
        if isinstance(error, NotFoundError):
            return self._status_of(message.session) == "CONNECTED"
        status = error.status_code if isinstance(error, APIStatusError) else 0
        return isinstance(error, APIResponseError) or status in _CANNOT_CHECK

    def _send(self, message: Claimed, result: Result) -> Result:
        if message.is_absent:
            return result.end(message, "failed", "this phone number is not on WhatsApp")
        fields: Secret[Any] = Secret(json.loads(message.payload))
        fields.reveal()["chatId"] = message.sent_to or message.chat_id
        try:
            if message.file_path is None:
                sent = self._client.messages.send(message.session, fields.reveal())
            else:
                opened = _open(message)
                if isinstance(opened, str):
                    return result.end(message, "failed", opened)
                with opened:
                    sent = self._send_file(message, fields, opened)
        except TitanError as error:
            if error.maybe_processed:
                result.trouble = "unclear"
                return result.end(message, "unclear", str(error))
            return self._put_off(message, result, error)
        return _note_sent(message, result, sent)

    def _send_file(self, message: Claimed, fields: Secret[Any], file: BinaryIO) -> Message:
        values = fields.reveal()
        kind, chat_id, filename = values.pop("type"), values.pop("chatId"), values.pop("filename", None)
        service = self._client.messages
        if kind == "voice" and values.pop("ptt", False):
            return service.send_voice(message.session, chat_id, file, filename=filename, extra=values)
        return service.send_file(message.session, chat_id, file, type=kind, filename=filename, extra=values)

    def _put_off(self, message: Claimed, result: Result, error: TitanError) -> Result:
        """Decide what follows from a request that surely sent nothing."""
        reason, delay = str(error), 0.0
        if isinstance(error, RateLimitError):
            result.is_limited, result.retry_after = True, error.retry_after
        elif isinstance(error, (ConflictError, NotFoundError)):
            status = self._status_of(message.session)
            if status == "CONNECTED" and isinstance(error, NotFoundError):
                return result.end(message, "failed", reason)
            # Where it is connected again already, a moment is enough.
            result.pause, delay = (
                (None, _delay(message)) if status == "CONNECTED" else (status or "DISCONNECTED", 0.0)
            )
        elif isinstance(error, PermissionDeniedError) and _says_restricted(error):
            result.is_restricted = True
        elif isinstance(error, APIStatusError) and error.status_code in _NEVER_WORKS:
            return result.end(message, "failed", reason)
        elif isinstance(error, APIConnectionError) or (
            isinstance(error, APIStatusError) and error.status_code >= 500
        ):
            result.trouble, delay = "refused", _delay(message)
        else:
            # The key, the address or the client: no other message would fare better.
            result.error = error
        return result.end(message, "queued", reason, delay=delay)

    def _status_of(self, session: str) -> Optional[str]:
        """`CONNECTED`, or why it is not; None where Titan does not say."""
        try:
            found = self._client.sessions.get(session)
        except NotFoundError:
            return MISSING
        except TitanError:
            return None
        status: Any = found.status  # None, where a server does not say it
        if status is None or status == "CONNECTED":
            return None if status is None else "CONNECTED"
        return str(found.status_reason or status)


def _note_sent(message: Claimed, result: Result, sent: Message) -> Result:
    if isinstance(sent.from_phone_number, str) and isinstance(sent.from_lid, str):
        number, lid = sent.from_phone_number.lstrip("+").partition("@")[0], sent.from_lid
        result.pair = f"{number}@s.whatsapp.net", lid if "@" in lid else f"{lid}@lid"
    return result.end(
        message,
        "sent",
        message_id=sent.id if isinstance(sent.id, str) and sent.id else None,
        status=None if sent.status is None else str(sent.status),
        sent_to=message.sent_to or message.chat_id,
    )


def _open(message: Claimed) -> Union[BinaryIO, str]:
    """The file of a message, as it was added; or why it cannot be sent."""
    try:
        file = open(str(message.file_path), "rb")  # noqa: SIM115 - the caller closes it
    except OSError as error:
        return f"the file cannot be read any more: {type(error).__name__}"
    try:
        is_same = fingerprint(file) == (message.file_size, message.file_sha256)
        file.seek(0)
    except OSError:
        is_same = False
    if is_same:
        return file
    file.close()
    return "the file has changed since the message was added"


def _says_restricted(error: PermissionDeniedError) -> bool:
    """Whether WhatsApp refused a first message: its error 463, the reach-out time-lock."""
    text = error.message.lower()
    return "463" in text or "time-lock" in text or "timelock" in text


def _delay(message: Claimed) -> float:
    return min(float(2 ** min(message.attempts - 1, 10)), _LONGEST_DELAY)


def key_of(client: TitanClient) -> str:
    """An id for the API key of a client, from which nobody gets the key."""
    transport = client._context.transport
    hashed = hashlib.sha256(f"{transport.base_url}\n".encode())
    hashed.update(transport.credential.reveal().encode())
    return hashed.hexdigest()[:32]
