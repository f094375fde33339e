"""The environments, generated clients, files and server that are needed before anything can be measured."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from pathlib import Path
from typing import Iterator

from _environment import ROOT, environment, newest, say
from _server_process import run_server

from .generators import (
    OLDEST_FOR_GENERATORS,
    PINS,
    make_openapi_generator_client,
    make_openapi_python_client,
)
from .rounds import Place
from .rows import FILE_SIZES
from .samples import write_files
from .sides import openapi_generator, openapi_python_client

SDKS = ("openai==3.57.0", "pywa==4.5.0", "stripe==16.1.0", "twilio==9.13.0")


@contextlib.contextmanager
def prepare(*, with_peers: bool) -> Iterator[Place]:
    """Install and generate what is compared, and start the server.

    Args:
        with_peers: Whether other SDKs and generated clients are measured too.

    Raises:
        SetUpError: An environment could not be built.
        GenerationError: A generator failed.
    """
    python = newest(OLDEST_FOR_GENERATORS)
    if with_peers:
        interpreters = {
            "bench": environment(python, "", PINS, f"{python.minor}-generators"),
            "sdks": environment(python, "", SDKS, f"{python.minor}-bench-sdks"),
        }
    else:
        interpreters = {"bench": environment(python, "", name=f"{python.minor}-bench")}
    with tempfile.TemporaryDirectory() as folder, run_server(["-m", "_bench.server"]) as address:
        generated = Path(folder, "generated")
        generated.mkdir()
        if with_peers:
            _generate(interpreters["bench"], generated)
        write_files(Path(folder), FILE_SIZES)
        _compile(interpreters["bench"], ROOT / "titan", generated)
        yield Place(address, Path(folder), interpreters, generated)


def _generate(interpreter: str, folder: Path) -> None:
    specification = ROOT / "openapi.yaml"
    say("making clients with openapi-python-client and openapi-generator")
    make_openapi_python_client(interpreter, specification, folder, openapi_python_client.PACKAGE)
    make_openapi_generator_client(interpreter, specification, folder, openapi_generator.PACKAGE)


def _compile(interpreter: str, *folders: Path) -> None:
    """As in an installed package; by the Python that is measured, since another one reads other files.

    A file that cannot be compiled is no failure: openapi-generator makes one, of the webhooks, that no client
    loads.
    """
    for folder in folders:
        subprocess.run([interpreter, "-m", "compileall", "-qq", str(folder)], check=False)
