"""The journal of the outbox: its tables, and what may be changed in them under which transaction.

It imports the masking and the clock of the package, and SQLAlchemy; nothing of the client.
"""
