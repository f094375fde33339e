"""What the user's own files and callbacks raise, kept apart from what a request raises."""

from __future__ import annotations

import contextlib
from typing import Callable, Generator, Optional

Progress = Callable[[int, Optional[int]], None]
"""Called with the bytes of the file done so far, and of the whole file where that is known."""


class UserCodeError(Exception):
    """Carries what the user's own file or callback raised, so that it is not taken for the request's."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


@contextlib.contextmanager
def run_user_code() -> Generator[None, None, None]:
    """Around each use of a file or callback of the user.

    Raises:
        UserCodeError: It raised something.
    """
    try:
        yield
    except Exception as error:
        raise UserCodeError(error) from None
