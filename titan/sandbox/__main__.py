"""`titan-sandbox`, and `python -m titan.sandbox`: a local Titan until Ctrl-C."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from types import FrameType
from typing import Any, Dict, Optional, Sequence

from .._version import __version__

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
    with _Ending() as ending:
        parser = _parser()
        args = vars(parser.parse_args(argv))
        as_json = args.pop("json")
        try:
            from . import Sandbox
        except ImportError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        try:
            sandbox = Sandbox(**args)
        except ValueError as error:
            parser.error(str(error))
        if ending.is_asked_for:
            return 0
        try:
            sandbox.start()
        except (OSError, OverflowError) as error:
            sys.stderr.write(f"titan-sandbox cannot listen on {args['host']}:{args['port']}: {error}\n")
            return 1
        try:
            if as_json:
                _print(json.dumps({"baseUrl": sandbox.base_url, "apiKey": sandbox.api_key}))
            else:
                _print(f"TITAN_BASE_URL={sandbox.base_url}")
                _print(f"TITAN_API_KEY={sandbox.api_key}")
                _print(f"A phone in your browser: {sandbox.base_url}/")
                _print("Ctrl-C stops it.")
            ending.wait()
        finally:
            sandbox.stop()
    return 0


_SIGNALS = [signal.SIGTERM, signal.SIGINT]
_LONGEST_WAIT: Optional[float] = None
if sys.platform == "win32":
    # Ctrl-Break, which is also what a program can send to others.
    _SIGNALS.append(signal.SIGBREAK)
    # No handler runs while the main thread waits for a lock, but between two waits.
    _LONGEST_WAIT = 0.25


class _Ending:
    """SIGTERM and Ctrl-C: they end the wait, and interrupt nothing that is half done."""

    def __init__(self) -> None:
        self.is_asked_for = False
        """Whether somebody has asked for the end."""
        self._is_waiting = False
        self._before: Dict[int, Any] = {}

    def __enter__(self) -> _Ending:
        for number in _SIGNALS:
            self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(self, *_error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def wait(self) -> None:
        """Wait until somebody asks for the end, if nobody has yet."""
        try:
            self._is_waiting = True
            if not self.is_asked_for:
                _wait()
        except KeyboardInterrupt:
            pass

    def _ask(self, _signal: int, _frame: Optional[FrameType]) -> None:
        self.is_asked_for = True
        if self._is_waiting:
            self._is_waiting = False
            raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    from .base.settings import Settings, describe

    parser = argparse.ArgumentParser(
        "titan-sandbox", description="A local Titan, in memory, without a phone."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
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
    parser.add_argument("--json", action="store_true", help="print address and key as JSON")
    for name, kind in _SETTINGS.items():
        flag, default = f"--{name.replace('_', '-')}", getattr(Settings, name)
        shown = "" if default is None else " (%(default)s)"
        parser.add_argument(flag, default=default, help=f"{describe(name)}{shown}", **kind)
    return parser


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _wait() -> None:
    never = threading.Event()
    while not never.wait(_LONGEST_WAIT):
        pass


if __name__ == "__main__":
    sys.exit(main())
