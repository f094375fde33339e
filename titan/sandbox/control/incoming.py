"""Messages that come in."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Dict, Mapping, Optional, Tuple

from ..base import jids
from ..base.encoding import encode
from ..base.errors import SandboxError
from ..spec.contract import Contract, operations
from ..state import File, Json, Session
from ..whatsapp import groups, messages, snapshot
from ..whatsapp import media as media_files
from .routes import SOMEBODY, Base64, ControlBase, control_route


class IncomingControl(ControlBase):
    """Messages that come in."""

    @control_route("POST", "/sandbox/sessions/{session}/messages")
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
        request, file = self._read_incoming(found, text, media, mime_type, filename, content)
        chat_id = person if group is None else self._find_group(found, group, person)
        if messages.is_blocked(found, chat_id, person):
            raise SandboxError(409, f"the account has blocked {person}")
        message = messages.receive(state, found, chat_id, person, push_name, request, file)
        return snapshot.message(found, message)

    def _read_incoming(
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
            request = self._check_content(session, other)
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

    def _check_content(self, session: Session, content: Mapping[str, Any]) -> Json:
        body = {"session": session.name, "chatId": jids.STATUS, **content}
        operation = operations().get("messages.send")
        if operation is None:
            raise SandboxError(501, "the contract has no messages.send, so there is no content to judge")
        checked: Json = _contract().read_body(operation, "application/json", encode(body))
        _contract().check(operation, {}, (), checked)
        return {name: value for name, value in checked.items() if name not in ("session", "chatId")}

    def _find_group(self, session: Session, group: str, person: str) -> str:
        state, me = self._state, session.account.jid
        if not jids.is_group(jids.check(group, "group")):
            raise SandboxError(400, "group must be the JID of a group")
        if group not in state.groups:
            groups.create(state, person, f"Group {group.partition('@')[0][-4:]}", [me], group)
        elif person not in state.groups[group].members or me not in state.groups[group].members:
            raise SandboxError(409, f"the sender and the account must both be in the group {group}")
        return group


# Made when it is needed: it takes its time.
_contract = lru_cache(maxsize=1)(Contract)


def _kind(mime_type: str, filename: Optional[str]) -> str:
    kinds = {"image": "image", "video": "video", "audio": "voice"}
    return "file" if filename is not None else kinds.get(mime_type.partition("/")[0], "file")
