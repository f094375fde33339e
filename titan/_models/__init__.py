"""The bases of the generated types, and how bytes become models."""

from .base import ChatRef, OpenEnum, Timestamp, TitanModel

__all__ = ["ChatRef", "OpenEnum", "Timestamp", "TitanModel"]
