"""Models for one answer and one event, as somebody writes them who needs no more."""

from datetime import datetime
from typing import Optional

from pydantic import BaseModel, Field


class Message(BaseModel):
    """A message that was sent."""

    id: str
    session: str
    status: str
    text: str
    sent_at: datetime = Field(alias="sentAt")


class Sender(BaseModel):
    """Who wrote."""

    phone_number: Optional[str] = Field(None, alias="phoneNumber")
    lid: Optional[str] = None
    mode: Optional[str] = None


class Payload(BaseModel):
    """The message."""

    id: str
    sender: Sender = Field(alias="from")
    type: str
    body: Optional[str] = None
    text: Optional[str] = None
    timestamp: int
    from_me: bool = Field(alias="fromMe")
    push_name: Optional[str] = Field(None, alias="pushName")
    is_group: bool = Field(alias="isGroup")


class MessageReceived(BaseModel):
    """A message arrived."""

    id: str
    event: str
    session: str
    timestamp: datetime
    payload: Payload
