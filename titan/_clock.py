"""A clock that neither tests nor users' tools stop or move, for time limits and idle connections."""

from __future__ import annotations

import sys
import time

# freezegun replaces time.monotonic wherever a module holds it, and time-machine replaces it for all: a wait
# would never end, or end at once. Neither touches the monotonic clock behind clock_gettime.
if sys.platform == "win32":

    def now() -> float:
        """Seconds since some point in the past; only differences mean something."""
        return time.monotonic()

else:

    def now() -> float:
        """Seconds since some point in the past; only differences mean something."""
        return time.clock_gettime(time.CLOCK_MONOTONIC)
