"""The libraries whose clients users hand over: httpx, and its successor where it can be installed."""

from __future__ import annotations

from types import ModuleType
from typing import List

import httpx
import pytest

LIBRARIES: List[ModuleType] = [httpx]
try:
    import httpx2
except ImportError:
    WITHOUT_HTTPX2 = "httpx2 is not installed: it needs Python 3.11 or later"
else:
    LIBRARIES.append(httpx2)
    WITHOUT_HTTPX2 = ""

needs_httpx2 = pytest.mark.skipif(bool(WITHOUT_HTTPX2), reason=f"NOT TESTED: {WITHOUT_HTTPX2}")
