"""The bases of the webhook events: attributes that always have their type, and what a message event says."""

from __future__ import annotations

import functools
from datetime import datetime
from typing import TYPE_CHECKING, Any, Callable, Iterable, Optional, Tuple, Type, Union, get_args, get_origin

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema

from .._privacy import mask_id
from .base import TitanModel
from .chat_ref import ChatRef, chat_id_of
from .masking import HIDDEN
from .schemas.core_schema import adapt_schema
from .tolerant import Model, read_model, without_none
from .validation import is_model

# The fields of an event that are texts, and that no person wrote.
_NAMES = frozenset({"event", "id", "session"})
_PEOPLE = ("@s.whatsapp.net", "@lid", "@c.us")


def factory_of(model: Type[Model]) -> Callable[[], Model]:
    """What makes an object of a model of which nothing came."""
    return lambda: read_model(model, {})


class _View:
    """An attribute that has its declared type, whatever came; what came stays in the instance's `__dict__`.

    On the class there is none, as with every field of pydantic: what looks for one, such as the class of a
    user that declares the field anew, must not find it.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None or self._name not in instance.__dict__:
            raise AttributeError(self._name)
        value = instance.__dict__[self._name]
        if self._name == "payload" and "data" in instance.__dict__:
            value = _choose_payload(value, instance.__dict__["data"])
        if isinstance(value, (TitanModel, datetime)) or (type(value) is str and self._name == "session"):
            return value
        return _read_attribute(instance, self._name, value)

    # As pydantic does it; without both of them, the value in `__dict__` would come before this.
    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self._name] = value

    def __delete__(self, instance: Any) -> None:
        del instance.__dict__[self._name]


def _read_attribute(event: TitanModel, name: str, value: Any) -> Any:
    """The value of a field in its declared type, where that is one that can stand for what did not fit."""
    shape = _shape_of(type(event), name)
    if shape is str:
        return value if isinstance(value, str) else ""
    if shape is datetime:
        return None
    if shape is None or not isinstance(value, (str, int, float, list, type(None))):
        return value
    return read_model(shape, {})


def _choose_payload(payload: Any, data: Any) -> Any:
    """The one that says something: the reference shows the result of a command under `data`."""
    if not isinstance(data, TitanModel):
        return payload
    says_something = isinstance(payload, TitanModel) and (
        payload.model_extra or any(value is not None for value in vars(payload).values())
    )
    return payload if says_something else data


@functools.cache
def _shape_of(model: Type[TitanModel], name: str) -> Any:
    """The class that the values of a field have: text, a model, or a time; None where it is none of these."""
    shape = model.model_fields[name].annotation
    if shape is str or is_model(shape):
        return shape
    shape = without_none(shape)
    return datetime if datetime in (shape, *get_args(shape)[:1]) and get_origin(shape) is not Union else None


class _Views:
    """Not a model itself: pydantic takes no attributes that are not fields."""

    if not TYPE_CHECKING:
        session = _View()
        timestamp = _View()
        payload = _View()


class WebhookEvent(_Views, TitanModel):
    """An event that Titan delivers.

    `session` and `payload` are never None: where they did not come, or came as something else, they read as
    an empty text and an empty object, and a `timestamp` that is no time reads as None. What came can be had
    by wire name, as in `event["payload"]`, and stands in `to_dict()`.
    """

    if TYPE_CHECKING:

        @property
        def event(self) -> str:
            """Name of the event."""
            ...

        @property
        def id(self) -> Optional[str]:
            """Event id. One event can be delivered twice, with the same id."""
            ...

        @property
        def session(self) -> str:
            """Name of the session the event belongs to."""
            ...

        @property
        def timestamp(self) -> Optional[datetime]:
            """When the event happened."""
            ...

        @property
        def payload(self) -> Any:
            """The details."""
            ...

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        # What a dump has where null came, or where somebody gave None, can be read as well.
        adapt_schema(cls, schema, handler, take_null=("session", "payload"))
        return schema

    def __repr_args__(self) -> Iterable[Tuple[Optional[str], Any]]:
        for name, value in super().__repr_args__():
            came = vars(self).get(str(name))
            if name == "id" and isinstance(came, str):
                yield name, mask_id(came)
                continue
            # Not of the declared type, so that it may hold anything.
            strange = isinstance(came, (list, dict)) or (isinstance(came, str) and name not in _NAMES)
            yield name, HIDDEN if strange else value


class MessageEvent(WebhookEvent):
    """An event about a message.

    It says in one way, whatever its payload is like, in which chat it happened, who did it, and what was
    written.
    """

    @property
    def chat_id(self) -> Optional[str]:
        """The chat that it happened in, to give to `messages.send`; None where nothing says it."""
        payload = self._fields
        chat_id = payload.get("chatId")
        if isinstance(chat_id, str) and chat_id:
            return chat_id_of(chat_id) or chat_id
        return chat_id_of(chat_id) or chat_id_of(payload.get("from"))

    @property
    def sender_id(self) -> Optional[str]:
        """The chat id of the person who wrote or did it; a LID where no number is known.

        None where nothing says it, as with what the account itself did.
        """
        payload = self._fields
        sender_id = chat_id_of(payload.get("sender"))
        if sender_id is not None:
            return sender_id
        chat_id = self.chat_id
        by_account = payload.get("fromMe") is True or self.event == "message.sent"
        return chat_id if not by_account and chat_id is not None and chat_id.endswith(_PEOPLE) else None

    @property
    def text(self) -> Optional[str]:
        """The text of the message, or the caption of its file; None where there is none."""
        payload = self._fields
        texts = (payload.get("text"), payload.get("body"))
        return next((text for text in texts if isinstance(text, str) and text), None)

    @property
    def _fields(self) -> Any:
        """The payload, of which `get` gives a field by its wire name."""
        payload = getattr(self, "payload", None)
        return payload if isinstance(payload, (TitanModel, dict)) else ChatRef.model_construct()
