"""Response headers that announce the end of something, as Python warnings: once a client and header."""

from __future__ import annotations

from typing import Mapping, Set

from .._caller import warn_caller
from .._init_lock import init_lock
from .._privacy import mask
from ..errors import TitanDeprecationWarning

ANNOUNCEMENTS = frozenset({b"deprecation", b"sunset", b"titan-sdk-deprecation"})
"""The names of the headers that `Deprecations.check` reads, in lower case."""


class Deprecations:
    """Remembers which warnings one client and its `with_options` copies have given."""

    def __init__(self) -> None:
        self._warned: Set[str] = set()

    def check(self, headers: Mapping[str, str]) -> None:
        """Warn of what these response headers announce, unless this client already has.

        Raises:
            TitanDeprecationWarning: A warnings filter of the caller turns it into an error.
        """
        deprecation = headers.get("Deprecation")
        sunset = headers.get("Sunset")
        outdated = headers.get("Titan-SDK-Deprecation")
        del headers  # trackers of errors report local variables, and a warning may become an error
        # RFC 9745 sends the time of deprecation as "@1688169599", older drafts "true" or a date.
        if deprecation is not None and deprecation.strip().lower() != "false":
            self._warn("Deprecation", "the version of the Titan API that you are calling is deprecated")
        if sunset is not None:
            self._warn(
                "Sunset", f"the version of the Titan API that you are calling will be removed: {mask(sunset)}"
            )
        if outdated is not None:
            self._warn("Titan-SDK-Deprecation", f"this version of titan-sdk is outdated: {mask(outdated)}")

    def _warn(self, header: str, message: str) -> None:
        with init_lock():
            if header in self._warned:
                return
            self._warned.add(header)
        warn_caller(f"{message} (response header {header})", TitanDeprecationWarning)
