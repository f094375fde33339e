"""`titan`, and `python -m titan.cli`."""

from __future__ import annotations

import sys
from typing import Optional, Sequence

from .._distribution import install_hint


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run one command.

    Args:
        argv: Arguments; those of the process when left out.

    Returns:
        The exit status: 0 done, 1 failed, 2 wrong usage, 3 unclear, 130 interrupted by Ctrl-C.
    """
    try:
        from .running import run

        return run(argv)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing == "titan":
            raise
        if sys.stderr is not None:
            sys.stderr.write(f"titan needs {missing}: {install_hint('cli')}\n")
        return 2
    except KeyboardInterrupt:
        # While it still loads its modules, or writes its last line; in between, `run` has seen to it.
        return 130


if __name__ == "__main__":
    sys.exit(main())
