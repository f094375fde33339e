"""Uses the command line where a package was installed with its extra; runs there, with `python -I`."""

import subprocess
import sys
from pathlib import Path

import titan
from titan.cli.qr import read_code


def output_of(*arguments: str) -> str:
    """What the program prints."""
    return subprocess.run([program, *arguments], capture_output=True, encoding="utf-8", check=True).stdout


program = Path(sys.executable).with_name("titan")
assert output_of("--version") == f"titan {titan.__version__}\n"
for command in ("pair", "send", "listen", "sandbox"):
    assert f"Usage: titan {command}" in output_of(command, "--help")
assert len(read_code("2@a code")) > 20, "no QR code is drawn"
