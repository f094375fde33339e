"""Names that are nearly known ones: of fields, events, scopes and actions."""

from __future__ import annotations

import re
from typing import Dict, Iterable, Optional, Set

from ._caller import warn_caller
from ._init_lock import init_lock
from .errors import TitanWarning

# What is longer is no name, and comparing takes time with the square of it.
_LONGEST = 60
_MOST_REMEMBERED = 1000
_warned: Set[str] = set()


def nearest(name: str, known: Iterable[str]) -> Optional[str]:
    """The known name that somebody may have meant; None where none is near.

    Args:
        name: A name that is not known.
        known: The known ones.
    """
    if len(name) > _LONGEST:
        return None
    plain: Dict[str, str] = {_plain(one): one for one in known}
    if _plain(name) in plain:
        return plain[_plain(name)]
    # Dear to load, and only mistakes need it.
    from difflib import get_close_matches

    # With this limit one letter that is wrong, missing or too many is near from three letters on.
    close = get_close_matches(_plain(name), plain, n=1, cutoff=0.8)
    return plain[close[0]] if close else None


def warn_if_nearly_known(name: str, known: Iterable[str], place: str) -> None:
    """Warn of a name that is nearly a known one, once a process.

    Args:
        name: A name that is not known.
        known: The known ones.
        place: Where it stands, for people, such as `events of a webhook`.

    Raises:
        TitanWarning: A warnings filter of the caller turns it into an error.
    """
    key = f"{place}: {name}"
    if len(name) > _LONGEST or key in _warned:
        return
    meant = nearest(name, known)
    if meant is None:
        return
    with init_lock():
        if key in _warned or len(_warned) >= _MOST_REMEMBERED:
            return
        _warned.add(key)
    warn_caller(f"{key}: did you mean {meant}? It is sent as it is", TitanWarning)


def _plain(name: str) -> str:
    """A name without what differs between spellings of the same: case, and signs between words."""
    return re.sub(r"[\s._:-]+", "", name).lower()
