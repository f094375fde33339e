"""Where and when it is measured: what the page says before its figures."""

from __future__ import annotations

import datetime
import json
import os
import platform
import re
import subprocess
from pathlib import Path
from typing import Dict

from .page import Circumstances
from .rounds import Place

ROOT = Path(__file__).resolve().parent.parent.parent
_VERSIONS = """
import importlib.metadata, json, platform, sys
names = {names!r}
found = {{name: importlib.metadata.version(name) for name in names}}
print(json.dumps({{"Python": platform.python_version(), **found}}))
"""
_OF_EACH = {
    "bench": ["httpx", "httpcore", "pydantic", "openapi-python-client", "openapi-generator-cli"],
    "sdks": ["openai", "pywa", "stripe", "twilio"],
}


def circumstances_of(place: Place, rounds: int, minutes: float) -> Circumstances:
    """What a reader has to know to judge the figures."""
    versions: Dict[str, str] = {}
    for environment, interpreter in place.interpreters.items():
        if "sdks" in place.interpreters:
            versions.update(_versions_in(interpreter, environment))
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    return Circumstances(today, _commit(), versions, _machine(), rounds, minutes)


def _versions_in(interpreter: str, environment: str) -> Dict[str, str]:
    code = _VERSIONS.format(names=_OF_EACH[environment])
    found: Dict[str, str] = json.loads(subprocess.check_output([interpreter, "-c", code], encoding="utf-8"))
    return found


def _commit() -> str:
    """The commit, and whether files of the package or of the bench differ from it."""
    try:
        commit = _git("rev-parse", "--short=10", "HEAD")
        changed = _git("status", "--porcelain", "--", "titan", "scripts", "openapi.yaml")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"`{commit}`, changed" if changed else f"`{commit}`"


def _git(*arguments: str) -> str:
    return subprocess.check_output(["git", *arguments], cwd=ROOT, encoding="utf-8").strip()


def _machine() -> str:
    cores = os.cpu_count()
    information = Path("/proc/cpuinfo")
    text = information.read_text(encoding="utf-8") if information.exists() else ""
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return f"{cores} cores of {found[1] if found else platform.machine()}, {platform.system()}"
