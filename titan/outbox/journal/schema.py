"""The tables of the journal."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    literal_column,
)

VERSION = 1
"""What is written into a new journal. A journal with another number is not touched."""

metadata: MetaData = MetaData()

_Id = BigInteger().with_variant(Integer, "sqlite")

state: Table = Table(
    "titan_outbox_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    # Added to the clock of the database, so that tests need not wait; for all processes alike.
    Column("clock_offset", Double, nullable=False),
)
"""One row about the journal as a whole."""

messages: Table = Table(
    "titan_outbox_messages",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("session", Text, nullable=False),
    Column("chat_id", Text, nullable=False),
    # 1 where a phone number was given, which cannot be sent to as it is.
    Column("is_number", SmallInteger, nullable=False),
    Column("type", Text),
    Column("payload", Text, nullable=False),
    Column("file_path", Text),
    Column("file_size", BigInteger),
    Column("file_sha256", Text),
    # Of all that was given, so that the same key with another content is seen.
    Column("digest", Text, nullable=False),
    # Of the text of a text message, to find the event of an unclear one.
    Column("text_hash", Text),
    Column("status", Text, nullable=False),
    # 1 while it would be the first message to somebody.
    Column("stranger", SmallInteger, nullable=False),
    # It is not claimed before; the queue is in this order.
    Column("due", Double, nullable=False),
    Column("attempts", Integer, nullable=False),
    # Who may say what came of it: a new one for each claim.
    Column("claim", Text),
    Column("claimed_at", Double),
    Column("lease_ends", Double),
    # Where it went, which can be another form of the same number.
    Column("sent_to", Text),
    Column("message_id", Text),
    Column("settled_by", Text),
    Column("reason", Text),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Index("titan_outbox_messages_id", "session", "message_id", unique=True),
)
"""What was added, and what came of it."""

# Literals, not parameters: a partial index serves only a query in which its condition stands.
queued: Any = messages.c.status == literal_column("'queued'")
sending: Any = messages.c.status == literal_column("'sending'")
unclear: Any = messages.c.status == literal_column("'unclear'")

_queue = messages.c.session, messages.c.due, messages.c.id
Index("titan_outbox_messages_queue", *_queue, sqlite_where=queued, postgresql_where=queued)
Index(
    "titan_outbox_messages_chats",
    messages.c.session,
    messages.c.stranger,
    messages.c.due,
    messages.c.id,
    sqlite_where=queued,
    postgresql_where=queued,
)
Index("titan_outbox_messages_leases", messages.c.lease_ends, sqlite_where=sending, postgresql_where=sending)
Index("titan_outbox_messages_texts", messages.c.session, messages.c.text_hash, messages.c.status)
Index("titan_outbox_messages_status", messages.c.status)
Index("titan_outbox_messages_people", messages.c.session, messages.c.chat_id)

sessions: Table = Table(
    "titan_outbox_sessions",
    metadata,
    Column("session", Text, primary_key=True),
    # Why nothing is sent; null: it is.
    Column("paused", Text),
    # When to ask Titan whether it is back.
    Column("check_at", Double, nullable=False),
    # When the last event about its status happened, by the clock of whoever made the event.
    Column("status_at", Double, nullable=False),
    # The pace: no next message before.
    Column("free_at", Double, nullable=False),
    # Somebody sends a message of it just now; the time is over where that process died.
    Column("busy_until", Double, nullable=False),
    Column("busy_by", Text),
    # The session that was looked at longest ago comes first.
    Column("looked_at", Double, nullable=False),
    # No first messages to anybody before: the account is restricted.
    Column("strangers_at", Double, nullable=False),
    # When an answer was `pending` first, with nothing heard since; null: all goes out.
    Column("pending_since", Double),
    # When something was last heard of it, by an event; null: nobody passes its events on.
    Column("heard_at", Double),
)
"""The sessions that messages were added for. Whoever changes anything of a session locks its row first."""

chats: Table = Table(
    "titan_outbox_chats",
    metadata,
    Column("session", Text, primary_key=True),
    Column("chat_id", Text, primary_key=True),
    # 1 where messages went to and fro already.
    Column("known", SmallInteger, nullable=False),
    # When the first message to it was claimed; null: not yet, or it surely was not sent.
    Column("first_at", Double),
    # What `contacts.resolve` said.
    Column("sent_to", Text),
    # When it said that nobody is there.
    Column("absent_at", Double),
    # The LID of the same person.
    Column("lid", Text),
    Index("titan_outbox_chats_firsts", "session", "first_at"),
    Index("titan_outbox_chats_sent_to", "session", "sent_to"),
    Index("titan_outbox_chats_lid", "session", "lid"),
)
"""Whom sessions write to."""

events: Table = Table(
    "titan_outbox_events",
    metadata,
    Column("session", Text, primary_key=True),
    Column("message_id", Text, primary_key=True),
    # How far the message has come; null where only its content is known.
    Column("status", Text),
    # Its chat, by number and by LID.
    Column("chat_id", Text),
    Column("lid", Text),
    Column("text_hash", Text),
    # When it was written, by the clock of WhatsApp.
    Column("written_at", Double),
    Column("forget_at", Double, nullable=False),
    Index("titan_outbox_events_texts", "session", "text_hash"),
    Index("titan_outbox_events_age", "forget_at"),
)
"""Messages of which there was an event, and that fit no row yet: one row each."""

keys: Table = Table(
    "titan_outbox_keys",
    metadata,
    Column("id", Text, primary_key=True),
    # Titan answered 429: no request with this key before.
    Column("paused_until", Double, nullable=False),
    Column("refusals", Integer, nullable=False),
)
"""API keys that Titan slowed down, by a hash of them."""
