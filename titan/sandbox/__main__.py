"""`titan-sandbox`, and `python -m titan.sandbox`: a local Titan until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from types import FrameType
from typing import Any, Dict, Optional, Sequence

from .base.settings import Settings, describe

_SETTINGS: Dict[str, Dict[str, Any]] = {
    "rate_limit": {"type": int, "metavar": "N"},
    "scan_after": {"type": float, "metavar": "SECONDS"},
    "qr_seconds": {"type": float, "metavar": "SECONDS"},
    "qr_format": {"choices": ["image", "text"]},
}
"""The settings that are options of the command line too."""


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run a sandbox until Ctrl-C.

    Args:
        argv: Arguments; those of the process when left out.

    Returns:
        The exit status.
    """
    parser = _parser()
    args = vars(parser.parse_args(argv))
    host, port = args["host"], args["port"]
    try:
        from . import Sandbox
    except ImportError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    try:
        sandbox = Sandbox(**args)
    except ValueError as error:
        parser.error(str(error))
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        sandbox.start()
    except (OSError, OverflowError) as error:
        sys.stderr.write(f"titan-sandbox cannot listen on {host}:{port}: {error}\n")
        return 1
    try:
        _print(f"TITAN_BASE_URL={sandbox.base_url}")
        _print(f"TITAN_API_KEY={sandbox.api_key}")
        _print(f"A phone in your browser: {sandbox.base_url}/")
        _print("Ctrl-C stops it.")
        _wait()
    except KeyboardInterrupt:
        pass
    finally:
        sandbox.stop()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "titan-sandbox", description="A local Titan, in memory, without a phone."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument(
        "--port", default=8420, type=int, help="port to listen on; 0 takes a free one (%(default)s)"
    )
    parser.add_argument(
        "--allow-host",
        dest="allowed_hosts",
        action="append",
        default=[],
        metavar="NAME",
        help="a name that requests may use for this machine, such as the name of a container",
    )
    parser.add_argument(
        "--api-key", metavar="KEY", help="the first API key, to have the same at each start (a random one)"
    )
    for name, kind in _SETTINGS.items():
        flag, default = f"--{name.replace('_', '-')}", getattr(Settings, name)
        shown = "" if default is None else " (%(default)s)"
        parser.add_argument(flag, default=default, help=f"{describe(name)}{shown}", **kind)
    return parser


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _wait() -> None:
    threading.Event().wait()


def _interrupt(_signal: int, _frame: Optional[FrameType]) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
