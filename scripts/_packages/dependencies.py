"""What is known of what the packages need: a bill of materials, licences, vulnerabilities."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any, Dict, List, Set

from .commands import Argument, CheckError, create_environment, run

_BETWEEN = re.compile(r";| AND | OR ")
EXTRAS = "cli,outbox,celery,sandbox,opentelemetry"
# All let proprietary software ship what is under them. MPL asks for the source of changed files only.
_ALLOWED = {
    *("MIT", "MIT License", "MIT-0", "MIT-CMU", "ISC", "ISC License (ISCL)", "0BSD", "Unlicense"),
    *("BSD", "BSD License", "BSD-2-Clause", "BSD-3-Clause", "BSD 3-Clause", "3-Clause BSD License"),
    *(
        "Apache-2.0",
        "Apache 2.0",
        "Apache License 2.0",
        "Apache License, Version 2.0",
        "Apache Software License",
    ),
    *("PSF-2.0", "Python Software Foundation License", "MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)"),
}


def install_all(tools: str, python: str, wheel: Path, home: Path) -> Path:
    """Make an environment that holds the wheel with its extras, and nothing else, not even pip."""
    interpreter, install = create_environment(python, home, tools)
    run([*install, f"{wheel}[{EXTRAS}]"])
    return interpreter


def write_bill(tools: str, interpreter: Path, project: Path, file: Path) -> str:
    """Write a CycloneDX bill of materials (SBOM) of an environment, and check it.

    Args:
        tools: Interpreter that has `cyclonedx-py`.
        interpreter: That of the environment.
        project: The `pyproject.toml` that says what it is all for.
        file: Where to write it.

    Returns:
        What it holds.

    Raises:
        CheckError: It lacks the SDK or something that the SDK needs.
    """
    options = ["--validate", "--output-reproducible", "--of", "JSON", "--mc-type", "library"]
    command: List[Argument] = [tools, "-m", "cyclonedx_py", "environment", "--pyproject", project, *options]
    run([*command, "-o", file, interpreter])
    bill = json.loads(file.read_text(encoding="utf-8"))
    names = {component["name"].lower().replace("_", "-") for component in bill["components"]}
    missing = {"httpx", "httpcore", "pydantic", "pydantic-core", "typing-extensions", "starlette"} - names
    if bill["metadata"]["component"]["name"] != "titan-sdk" or missing:
        raise CheckError(f"the bill of materials is not that of titan-sdk, or lacks {sorted(missing)}")
    return f"{bill['bomFormat']} {bill['specVersion']}, {len(names)} components"


def check_licences(tools: str, interpreter: Path) -> str:
    """List the licences of what the SDK and its extras need.

    Raises:
        CheckError: One is not known to allow use in any program.
    """
    found: List[Dict[str, str]] = json.loads(
        run([tools, "-m", "piplicenses", "--python", interpreter, "--from", "mixed", "--format", "json"])
    )
    refused = [one for one in found if not _split_licence(one["License"]) <= _ALLOWED]
    if refused or not found:
        raise CheckError(
            f"nobody has looked at these licences yet (see scripts/_packages/dependencies.py): {refused}"
        )
    return "\n".join(f"  {one['Name']} {one['Version']}: {one['License'].splitlines()[0]}" for one in found)


def _split_licence(licence: str) -> Set[str]:
    """The licences that hold together; of alternatives each one must do."""
    return {part.strip() for part in _BETWEEN.split(licence)}


def find_vulnerabilities(tools: str, interpreter: Path, work: Path) -> str:
    """Ask the package index for known vulnerabilities of what an environment holds.

    Returns:
        What it said, or that it knows nothing.

    Raises:
        CheckError: There is one, and a version without it.
    """
    freeze: List[Argument] = [
        tools,
        "-m",
        "uv",
        "pip",
        "freeze",
        "--quiet",
        "--exclude-editable",
        "--python",
        interpreter,
    ]
    requirements = work / "requirements.txt"
    lines = [line for line in run(freeze).splitlines() if not line.startswith("titan-sdk")]
    requirements.write_text("\n".join(lines) + "\n", encoding="utf-8")
    options = [
        "--no-deps",
        "--disable-pip",
        "--format",
        "json",
        "--progress-spinner",
        "off",
        "--timeout",
        "20",
    ]
    # Its status is 1 where it found something, and where it could not ask.
    done = subprocess.run(
        [tools, "-m", "pip_audit", "-r", str(requirements), *options],
        capture_output=True,
        encoding="utf-8",
    )
    try:
        audited: List[Dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        reason = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        return f"NOT TESTED: known vulnerabilities, since the index could not be asked ({reason[:200]})"
    return judge(audited)


def judge(audited: List[Dict[str, Any]]) -> str:
    """Say what came of an audit; the words are those of `find_vulnerabilities`."""
    known = [one for one in audited if "skip_reason" not in one]
    if not known:
        return (
            f"NOT TESTED: known vulnerabilities; this index knows nothing of any of {len(audited)} packages"
        )
    bad = [(one, flaw) for one in known for flaw in one["vulns"]]
    said = [f"  {one['name']} {one['version']}: {flaw['id']}" for one, flaw in bad]
    if any(flaw["fix_versions"] for _, flaw in bad):
        raise CheckError("the newest versions that we allow have vulnerabilities:\n" + "\n".join(said))
    left = len(audited) - len(known)
    return "\n".join(
        [f"{len(known)} packages, {len(bad)} vulnerabilities without a remedy, {left} unknown", *said]
    )
