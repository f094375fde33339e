"""`python -m titan.sandbox`: a local Titan until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from types import FrameType
from typing import Optional, Sequence

from . import Sandbox


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run a sandbox until Ctrl-C.

    Args:
        argv: Arguments; those of the process when left out.

    Returns:
        The exit status.
    """
    parser = argparse.ArgumentParser(
        "titan-sandbox", description="A local Titan, in memory, without a phone."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument(
        "--port", default=8420, type=int, help="port to listen on, 0: a free one (%(default)s)"
    )
    parser.add_argument("--scan-after", type=float, metavar="SECONDS", help="scan a shown QR code by itself")
    parser.add_argument(
        "--qr-seconds", default=20, type=float, metavar="SECONDS", help="lifetime of a QR code (%(default)s)"
    )
    args = parser.parse_args(argv)
    try:
        sandbox = Sandbox(args.port, args.host, scan_after=args.scan_after, qr_seconds=args.qr_seconds)
    except ValueError as error:
        parser.error(str(error))
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with sandbox:
            _say(f"TITAN_BASE_URL={sandbox.base_url}")
            _say(f"TITAN_API_KEY={sandbox.api_key}")
            _say("Ctrl-C stops it.")
            _wait()
    except KeyboardInterrupt:
        return 0
    except (OSError, OverflowError) as error:
        sys.stderr.write(f"titan-sandbox cannot listen on {args.host}:{args.port}: {error}\n")
        return 1
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _wait() -> None:
    threading.Event().wait()


def _interrupt(_signal: int, _frame: Optional[FrameType]) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
