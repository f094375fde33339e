"""Where the project's own files are, and the contract as the package ships it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict

import titan.sandbox

ROOT = Path(__file__).resolve().parents[2]
SANDBOX = Path(titan.sandbox.__file__).parent
CONTRACT: Dict[str, Any] = json.loads((SANDBOX / "spec" / "openapi.json").read_bytes())
