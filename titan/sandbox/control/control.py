"""What no Titan has: playing the phone and the people, moving time, and having things go wrong.

Each method of `Control` is a route under `/sandbox` too, whose body has the same names in camelCase. The
routes ask for no key.
"""

from __future__ import annotations

import base64
import binascii
import inspect
import re
from functools import lru_cache, wraps
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Tuple, TypeVar

from pydantic import BeforeValidator, Field, ValidationError, validate_call
from pydantic.alias_generators import to_camel
from typing_extensions import Annotated, Concatenate, Literal, ParamSpec, Unpack

from ..api import chats, contacts, groups, messages, sessions
from ..api import media as media_files
from ..api.calls import encode
from ..api.presence import show as show_presence
from ..base import jids
from ..base.errors import SandboxError
from ..base.settings import Options, sentence
from ..delivery import deliveries, events
from ..delivery.deliveries import Courier
from ..page import overview
from ..spec.contract import Contract, operations
from ..spec.faults import Fault, Faults
from ..state import File, Json, Message, Session, State
from ..whatsapp import lifecycle

P = ParamSpec("P")
R = TypeVar("R")

SOMEBODY = "+5511988887777"
"""Who writes where a test does not say it."""


def _decoded(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("must be base64") from None


Base64 = Annotated[bytes, BeforeValidator(_decoded)]
Seconds = Annotated[float, Field(strict=True, ge=0, le=10**9)]


class Route(NamedTuple):
    """A control call over HTTP."""

    method: str
    path: str
    call: Callable[..., Any]


ROUTES: List[Route] = []


def _route(
    method: str, path: str, *, checks_itself: bool = False
) -> Callable[[Callable[Concatenate[Control, P], R]], Callable[Concatenate[Control, P], R]]:
    """Make a method a route, have its arguments checked, and have it run with the state to itself."""

    def decorate(function: Callable[Concatenate[Control, P], R]) -> Callable[Concatenate[Control, P], R]:
        signature = inspect.signature(function)

        @lru_cache(maxsize=1)
        def checked() -> Callable[..., R]:
            return validate_call(function)

        @wraps(function)
        def alone(self: Control, /, *args: P.args, **kwargs: P.kwargs) -> R:
            with self._state.lock:
                self._state.clock.settle()
                if method != "GET":
                    self._state.version += 1
                if checks_itself:
                    return function(self, *args, **kwargs)
                # All by name, so that an error can name what it is about.
                arguments = signature.bind(self, *args, **kwargs).arguments
                # Except `self`, which pydantic 2.13 takes for its own.
                del arguments["self"]
                try:
                    return checked()(self, **arguments)
                except ValidationError as error:
                    raise SandboxError(400, sentence(error, to_camel)) from None

        ROUTES.append(Route(method, path, alone))
        return alone

    return decorate


def run(control: Control, route: Route, path: Mapping[str, str], body: Json) -> Any:
    """Make a control call that came over HTTP.

    Raises:
        SandboxError: Whatever it refuses; 400 when fields are missing or unknown.
    """
    known = inspect.signature(route.call).parameters
    if any(one.kind is one.VAR_KEYWORD for one in known.values()):
        return route.call(control, **body, **path)
    names = {to_camel(name): name for name in known if name != "self" and name not in path}
    for field in body:
        if field not in names:
            raise SandboxError(400, f"unknown field: {field}")
    for field, name in names.items():
        if field not in body and known[name].default is inspect.Parameter.empty:
            raise SandboxError(400, f"missing required field: {field}")
    return route.call(control, **{names[field]: value for field, value in body.items()}, **path)


class Control:
    """The calls that tests and the page make.

    Args:
        state: What they work on.
        faults: The faults that are to happen.
        courier: Who delivers.
    """

    def __init__(self, state: State, faults: Faults, courier: Courier) -> None:
        self._state = state
        self._faults = faults
        self._courier = courier
        # Made when it is needed: it takes its time.
        self._contract = lru_cache(maxsize=1)(Contract)

    @_route("POST", "/sandbox/sessions/{session}/scan")
    def scan(
        self,
        session: str,
        *,
        phone_number: Optional[str] = None,
        push_name: Optional[str] = None,
        business_name: Optional[str] = None,
    ) -> Json:
        """Scan the QR code that a session shows. Also `POST /sandbox/sessions/{session}/scan`.

        Args:
            session: Session name.
            phone_number: Phone number of the account that scans; one of its own when left out.
            push_name: Name of the account that scans.
            business_name: Name of the business, which makes it a WhatsApp Business account.

        Returns:
            The session, now CONNECTED.

        Raises:
            SandboxError: The session is unknown, or shows no QR code.
        """
        found = self._state.session(session)
        lifecycle.scan(self._state, found, phone_number, push_name, business_name)
        return sessions.view(found)

    @_route("POST", "/sandbox/sessions/{session}/connect")
    def connect(self, session: str) -> Json:
        """Have a connected session. Also `POST /sandbox/sessions/{session}/connect`.

        Args:
            session: Session name; created, started and scanned as far as it needs to be.

        Returns:
            The session, now CONNECTED.
        """
        found = self._state.sessions.get(session) or sessions.add(self._state, session, {})
        if found.status_reason == "AUTO_RECONNECT":
            lifecycle.stop(self._state, found)
        lifecycle.start(self._state, found)
        if found.pairing is not None:
            lifecycle.scan(self._state, found)
        return sessions.view(found)

    @_route("POST", "/sandbox/sessions/{session}/disconnect")
    def disconnect(
        self,
        session: str,
        reason: Literal["STREAM_ERROR", "FAILED", "TEMPORARY_BAN", "AUTO_RECONNECT"] = "STREAM_ERROR",
    ) -> Json:
        """Lose the connection to WhatsApp. Also `POST /sandbox/sessions/{session}/disconnect`.

        Args:
            session: Session name.
            reason: Why. With AUTO_RECONNECT the session is CONNECTING, and after the setting
                `reconnect_after` CONNECTED again; otherwise DISCONNECTED until it is started.

        Returns:
            The session.

        Raises:
            SandboxError: The session is unknown, or not connected.
        """
        found = self._state.connected_session(session)
        lifecycle.disconnect(self._state, found, reason)
        return sessions.view(found)

    @_route("POST", "/sandbox/sessions/{session}/logout")
    def logout(self, session: str) -> Json:
        """Log the phone out, as its user can. Also `POST /sandbox/sessions/{session}/logout`.

        Args:
            session: Session name.

        Returns:
            The session: DISCONNECTED with LOGGED_OUT, and to be paired anew.

        Raises:
            SandboxError: The session is unknown, or not paired.
        """
        found = self._state.session(session)
        lifecycle.log_out(self._state, found)
        return sessions.view(found)

    @_route("POST", "/sandbox/sessions/{session}/messages")
    def receive(
        self,
        session: str,
        text: Optional[str] = None,
        *,
        sender: str = SOMEBODY,
        push_name: Optional[str] = None,
        group: Optional[str] = None,
        media: Optional[Base64] = None,
        mime_type: Optional[str] = None,
        filename: Optional[str] = None,
        content: Optional[Dict[str, Any]] = None,
    ) -> Json:
        """Have a message come in. Also `POST /sandbox/sessions/{session}/messages`.

        Args:
            session: Session name.
            text: The text, or what is written under the file.
            sender: Phone number or JID of who writes it.
            push_name: The name that person shows.
            group: JID of the group it is written in; made if there is none of that JID.
            media: The bytes of a file; over HTTP in base64.
            mime_type: Its type, such as `image/jpeg`; found from its first bytes when left out.
            filename: Its name; makes it a document.
            content: A message of another kind, in the shape in which one is sent, such as
                `{"type": "location", "latitude": 52.5, "longitude": 13.4}`.

        Returns:
            The message. With a file, `media` has the id for `client.media.download`.

        Raises:
            SandboxError: The session is unknown or not connected, there is nothing to send, or the account
                has blocked the sender.
        """
        state, found = self._state, self._state.connected_session(session)
        person = state.person(sender, "sender")
        if person == found.account.jid:
            raise SandboxError(400, "sender is the account itself")
        request, file = self._incoming(found, text, media, mime_type, filename, content)
        chat_id = person if group is None else self._group(found, group, person)
        if messages.is_blocked(found, chat_id, person):
            raise SandboxError(409, f"the account has blocked {person}")
        message = messages.receive(state, found, chat_id, person, push_name, request, file)
        return overview.message(found, message)

    def _incoming(
        self,
        session: Session,
        text: Optional[str],
        content: Optional[bytes],
        mime_type: Optional[str],
        filename: Optional[str],
        other: Optional[Mapping[str, Any]],
    ) -> Tuple[Json, Optional[File]]:
        """Give what comes in, in the shape in which one would send it, and its file."""
        if mime_type is not None and not re.fullmatch(r"[\w.+-]+/[\w.+-]+(;[ -~]*)?", mime_type, re.ASCII):
            raise SandboxError(400, "mimeType must be a media type, such as image/jpeg")
        if other is not None:
            if text is not None or content is not None:
                raise SandboxError(400, "give either content, or text and media")
            request = self._checked_content(session, other)
            if request["type"] not in messages.WITH_MEDIA:
                return request, None
            content, filename = media_files.from_body(request), request.get("filename")
        elif content is None:
            if text is None:
                raise SandboxError(400, "missing required field: text")
            return {"type": "text", "text": text}, None
        else:
            kind = _kind(mime_type or media_files.mime_type_of(content), filename)
            request = {"type": kind, "caption": text}
        now, url = self._state.clock.now(), request.get("url")
        return request, File("", session.name, "", mime_type or "", now, content, filename, url)

    def _checked_content(self, session: Session, content: Mapping[str, Any]) -> Json:
        body = {"session": session.name, "chatId": jids.STATUS, **content}
        operation = operations()["messages.send"]
        checked: Json = self._contract().read_body(operation, "application/json", encode(body))
        self._contract().check(operation, {}, (), checked)
        return {name: value for name, value in checked.items() if name not in ("session", "chatId")}

    def _group(self, session: Session, group: str, person: str) -> str:
        state, me = self._state, session.account.jid
        if not jids.is_group(jids.check(group, "group")):
            raise SandboxError(400, "group must be the JID of a group")
        if group not in state.groups:
            groups.make(state, person, f"Group {group.partition('@')[0][-4:]}", [me], group)
        elif person not in state.groups[group].members or me not in state.groups[group].members:
            raise SandboxError(409, f"the sender and the account must both be in the group {group}")
        return group

    @_route("POST", "/sandbox/sessions/{session}/messages/{message_id}/ack")
    def acknowledge(
        self, session: str, message_id: str, status: Literal["sent", "delivered", "read"] = "read"
    ) -> Json:
        """Have a sent message come further. Also `POST /sandbox/sessions/{session}/messages/{id}/ack`.

        Args:
            session: Session name.
            message_id: Message id.
            status: How far. It never goes back.

        Returns:
            The message.

        Raises:
            SandboxError: The session or the message is unknown, or the message came in.
        """
        found, message = self._message(session, message_id)
        if not message.from_me:
            raise SandboxError(409, "this message came in: mark it as read through the API")
        messages.advance(self._state, found, message, status)
        return overview.message(found, message)

    @_route("POST", "/sandbox/sessions/{session}/messages/{message_id}/reaction")
    def react(self, session: str, message_id: str, reaction: str, *, sender: Optional[str] = None) -> Json:
        """React to a message as the contact. Also `POST …/messages/{id}/reaction`.

        Args:
            session: Session name.
            message_id: Message id.
            reaction: An emoji; empty takes the reaction away.
            sender: Phone number or JID of who reacts; the other person of the chat when left out.

        Returns:
            The message.

        Raises:
            SandboxError: The session or the message is unknown.
        """
        found, message = self._message(session, message_id)
        messages.react(self._state, found, message, self._other(found, message, sender), reaction)
        return overview.message(found, message)

    @_route("POST", "/sandbox/sessions/{session}/messages/{message_id}/vote")
    def vote(
        self, session: str, message_id: str, options: List[str], *, sender: Optional[str] = None
    ) -> Json:
        """Vote in a poll as the contact. Also `POST …/messages/{id}/vote`.

        Args:
            session: Session name.
            message_id: Message id of the poll.
            options: What is chosen, in place of what was chosen before; empty takes the vote back.
            sender: Phone number or JID of who votes; the other person of the chat when left out.

        Returns:
            The poll.

        Raises:
            SandboxError: The session or the message is unknown, it is no poll, or has no such options.
        """
        found, message = self._message(session, message_id)
        messages.vote(self._state, found, message, self._other(found, message, sender), options)
        return overview.message(found, message)

    @_route("POST", "/sandbox/sessions/{session}/messages/{message_id}/edit")
    def edit(self, session: str, message_id: str, text: str) -> Json:
        """Edit a message that came in, as its sender. Also `POST …/messages/{id}/edit`.

        Args:
            session: Session name.
            message_id: Message id.
            text: The new text.

        Returns:
            The message.

        Raises:
            SandboxError: The session or the message is unknown, or the account sent it.
        """
        found, message = self._incoming_message(session, message_id)
        messages.edit(self._state, found, message, message.sender, text)
        return overview.message(found, message)

    @_route("POST", "/sandbox/sessions/{session}/messages/{message_id}/revoke")
    def revoke(self, session: str, message_id: str) -> Json:
        """Delete a message that came in for everyone, as its sender. Also `POST …/messages/{id}/revoke`.

        Args:
            session: Session name.
            message_id: Message id.

        Returns:
            The message.

        Raises:
            SandboxError: The session or the message is unknown, or the account sent it.
        """
        found, message = self._incoming_message(session, message_id)
        messages.revoke(self._state, found, message, message.sender)
        return overview.message(found, message)

    def _message(self, session: str, message_id: str) -> Tuple[Session, Message]:
        found = self._state.session(session)
        return found, messages.standing(self._state, found, message_id)

    def _incoming_message(self, session: str, message_id: str) -> Tuple[Session, Message]:
        found, message = self._message(session, message_id)
        if message.from_me:
            raise SandboxError(409, "the account sent this message: change it through the API")
        return found, message

    def _other(self, session: Session, message: Message, sender: Optional[str]) -> str:
        if sender is not None:
            return self._state.person(sender, "sender")
        if message.chat_id in self._state.groups:
            others = [
                jid for jid in self._state.groups[message.chat_id].members if jid != session.account.jid
            ]
            if others:
                return others[0]
        if jids.is_person(message.chat_id):
            return message.chat_id
        return self._state.person(SOMEBODY, "sender")

    @_route("POST", "/sandbox/sessions/{session}/contacts")
    def add_contact(self, session: str, phone_number: str, push_name: str) -> Json:
        """Have somebody among the contacts. Also `POST /sandbox/sessions/{session}/contacts`.

        Args:
            session: Session name.
            phone_number: Phone number or JID of the person.
            push_name: The name that person shows.

        Returns:
            `jid` and `lid` of the person.

        Raises:
            SandboxError: The session is unknown, or `phone_number` is none.
        """
        found = self._state.session(session)
        jid = self._state.person(phone_number, "phoneNumber")
        contacts.know(self._state, found, jid, push_name)
        return {"jid": jid, "lid": jids.lid(jid)}

    @_route("POST", "/sandbox/sessions/{session}/presence")
    def set_presence(
        self,
        session: str,
        chat_id: str,
        presence: Literal["available", "unavailable", "composing", "recording"],
    ) -> None:
        """Have a contact be online, offline or typing. Also `POST /sandbox/sessions/{session}/presence`.

        Args:
            session: Session name.
            chat_id: Phone number or JID of the contact.
            presence: What the contact shows. The account is told if it has subscribed.

        Raises:
            SandboxError: The session is unknown, or `chat_id` is no person.
        """
        found = self._state.session(session)
        show_presence(self._state, found, self._state.person(chat_id, "chatId"), presence)

    @_route("POST", "/sandbox/sessions/{session}/calls")
    def call(
        self,
        session: str,
        *,
        sender: str = SOMEBODY,
        outcome: Literal["missed", "accepted", "rejected"] = "missed",
    ) -> Json:
        """Call the account. Also `POST /sandbox/sessions/{session}/calls`.

        Args:
            session: Session name.
            sender: Phone number or JID of who calls.
            outcome: How it ends: there are two events, `call.received` and one for this.

        Returns:
            `id` of the call.

        Raises:
            SandboxError: The session is unknown or not connected.
        """
        found = self._state.connected_session(session)
        person = self._state.person(sender, "sender")
        call_id = f"call_{self._state.number()}"
        for event in ("call.received", f"call.{outcome}"):
            events.emit(self._state, found, event, {"id": call_id, "from": events.jid_ref(person)})
        return {"id": call_id}

    @_route("GET", "/sandbox/sessions/{session}/chats/{chat_id}")
    def chat(self, session: str, chat_id: str) -> Json:
        """Look at a chat. Also `GET /sandbox/sessions/{session}/chats/{chat id}`.

        Args:
            session: Session name.
            chat_id: JID of the chat.

        Returns:
            The chat with its `messages`, oldest first, each with everything that happened to it: status,
            edits, reactions, votes, stars, deletion.

        Raises:
            SandboxError: The session or the chat is unknown.
        """
        found = self._state.session(session)
        return overview.chat_with_messages(self._state, found, chats.existing(self._state, found, chat_id))

    @property
    def messages(self) -> List[Json]:
        """The messages sent through the API, oldest first; `request` is the body that asked for one."""
        return self._messages()

    @_route("GET", "/sandbox/messages")
    def _messages(self) -> List[Json]:
        return [
            {
                **messages.view(one),
                "edited": one.edited,
                "deleted": one.deleted,
                "starred": one.starred,
                "reactions": dict(one.reactions),
                "request": one.request,
            }
            for one in self._state.sent
        ]

    @property
    def deliveries(self) -> List[Json]:
        """The log of webhook deliveries, oldest first, each with its signature, its body and its attempts."""
        return self._deliveries()

    @_route("GET", "/sandbox/deliveries")
    def _deliveries(self) -> List[Json]:
        return [deliveries.view(one) for one in self._state.deliveries]

    def wait_for_deliveries(self, timeout: float = 10) -> None:
        """Wait until every event so far has been posted; what waits to be tried again does not count.

        Args:
            timeout: For how many seconds, at most.

        Raises:
            TimeoutError: They took longer.
        """
        if not self._courier.wait(timeout):
            raise TimeoutError(f"webhooks were still being delivered after {timeout} seconds")

    @_route("POST", "/sandbox/faults")
    def fail(
        self,
        route: str,
        times: Annotated[int, Field(ge=1)] = 1,
        *,
        status: Optional[Annotated[int, Field(ge=400, le=599)]] = None,
        retry_after: Optional[Annotated[int, Field(ge=0)]] = None,
        delay: Annotated[float, Field(ge=0, le=3600)] = 0,
        cut: Optional[Literal["before", "after"]] = None,
        body: Optional[Literal["html", "truncated"]] = None,
        unknown_fields: bool = False,
    ) -> None:
        """Have the next requests to a route go wrong. Also `POST /sandbox/faults`.

        With a `status`, and with `cut="before"`, nothing is processed; otherwise the request is, and only
        its answer is spoilt. Several faults of one route happen one after the other.

        Args:
            route: An operation, such as `messages.send` (with a client token too); a method and path as the
                API has it, such as `POST /api/messages/send`; or `*` for every request.
            times: To how many requests.
            status: Status to answer with.
            retry_after: Seconds for a `Retry-After` header.
            delay: Seconds to wait first.
            cut: Close the connection without an answer, before or after the request was processed.
            body: What comes instead of the answer's body: a page of HTML, or only the first half of it.
            unknown_fields: Whether the answer has fields that nobody knows.

        Raises:
            SandboxError: There is no such route, or nothing would go wrong.
        """
        fault = Fault(route, times, status, retry_after, delay, cut, body, unknown_fields)
        self._faults.add(fault)

    @_route("DELETE", "/sandbox/faults")
    def clear_faults(self) -> None:
        """Forget the faults that have not happened. Also `DELETE /sandbox/faults`."""
        self._faults.pending.clear()

    @_route("POST", "/sandbox/settings", checks_itself=True)
    def configure(self, /, **options: Unpack[Options]) -> None:
        """Change settings until the next reset. Also `POST /sandbox/settings`.

        Args:
            **options: What to change; the same as for `Sandbox`.

        Raises:
            SandboxError: There is no such setting, or it cannot have this value.
        """
        self._state.settings = self._state.settings.changed(options)

    @_route("POST", "/sandbox/clock")
    def advance(self, seconds: Seconds) -> None:
        """Move the clock forward; what falls due happens. Also `POST /sandbox/clock`.

        Args:
            seconds: How far.

        Raises:
            SandboxError: `seconds` is negative, or too many.
        """
        self._state.clock.advance(seconds)

    @_route("POST", "/sandbox/reset")
    def reset(self) -> None:
        """Forget everything but `api_key`. Also `POST /sandbox/reset`."""
        self._state.reset()
        self._faults.pending.clear()
        self._courier.cut()


def _kind(mime_type: str, filename: Optional[str]) -> str:
    kinds = {"image": "image", "video": "video", "audio": "voice"}
    return "file" if filename is not None else kinds.get(mime_type.partition("/")[0], "file")
