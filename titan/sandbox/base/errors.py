"""The one exception of the sandbox."""

from __future__ import annotations

from typing import Dict, Mapping, Optional

CHALLENGE = {"WWW-Authenticate": "Bearer"}
"""Headers of every 401."""


class SandboxError(Exception):
    """A refusal: over HTTP it becomes the response, from a control call in Python it is raised.

    Attributes:
        status: HTTP status of the refusal.
        message: What is wrong, for people.
        headers: Headers of the response beside the usual ones.
    """

    def __init__(self, status: int, message: str, headers: Optional[Mapping[str, str]] = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers: Dict[str, str] = dict(headers or {})
