"""JSON as the sandbox writes it."""

from __future__ import annotations

import json
from typing import Any


def encode(value: Any) -> bytes:
    """Write JSON, in ASCII: a request may have brought half a surrogate pair, which UTF-8 cannot write."""
    return json.dumps(value, separators=(",", ":")).encode("ascii")
