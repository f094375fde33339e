"""Names that are nearly known ones: of fields, events, scopes and actions."""

from __future__ import annotations

import re
from typing import Dict, Iterable, List, Optional, Set

from ._caller import warn_caller
from ._init_lock import init_lock
from .errors import TitanWarning

# What is longer is no name, and comparing takes time with the square of it.
_LONGEST = 60
_MOST_REMEMBERED = 1000
_warned: Set[str] = set()


def nearest(name: str, known: Iterable[str]) -> Optional[str]:
    """The known name of which this one is a misspelling; None where it may be a name of its own.

    Names are compared part by part, since two that differ in a whole part mean two things: to follow
    `contacts:write: did you mean contacts:read` would change what a key may do.

    Args:
        name: A name that is not known.
        known: The known ones.
    """
    if len(name) > _LONGEST:
        return None
    plain: Dict[str, str] = {_plain(one): one for one in known}
    if _plain(name) in plain:
        return plain[_plain(name)]
    real_parts = {part.lower() for one in plain.values() for part in _parts(one)}
    found = [(_mistakes(name, one, real_parts), one) for one in plain.values()]
    near = [(mistakes, one) for mistakes, one in found if mistakes is not None]
    return min(near)[1] if near else None


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
    try:
        warn_caller(f"{key}: did you mean {meant}? It is sent as it is", TitanWarning)
    except BaseException:
        # Where a filter refuses the name, it has to refuse it the next time too.
        with init_lock():
            _warned.discard(key)
        raise


def _plain(name: str) -> str:
    """A name without what differs between spellings of the same: case, and signs between words."""
    return "".join(_parts(name)).lower()


def _parts(name: str) -> List[str]:
    return [part for part in re.split(r"[\s._:-]+", name) if part]


def _words(part: str) -> List[str]:
    """The words of a part in camelCase."""
    return re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", part).lower().split()


def _mistakes(name: str, known: str, real_parts: Set[str]) -> Optional[int]:
    """How many letters are wrong in a name; None where it is no misspelling of the known one."""
    parts, known_parts = _parts(name), _parts(known)
    if len(parts) == len(known_parts):
        mistakes = 0
        for part, known_part in zip(parts, known_parts):
            if part.lower() == known_part.lower():
                continue
            more = None if part.lower() in real_parts else _mistakes_in_part(part, known_part)
            if more is None:
                return None
            mistakes += more
        return mistakes
    if len(re.findall("[.:]", name)) > len(re.findall("[.:]", known)):
        return None
    return _mistakes_in_word(_plain(name), _plain(known), most=1)


def _mistakes_in_part(part: str, known: str) -> Optional[int]:
    words, known_words = _words(part), _words(known)
    if len(words) != len(known_words):
        return _mistakes_in_word(part.lower(), known.lower(), most=1)
    mistakes = 0
    for word, known_word in zip(words, known_words):
        more = _mistakes_in_word(word, known_word, most=2)
        if more is None:
            return None
        mistakes += more
    return mistakes


def _mistakes_in_word(word: str, known: str, most: int) -> Optional[int]:
    """How many letters are wrong, missing, too many or swapped; None where it is another word."""
    length = max(len(word), len(known))
    if word == known:
        return 0
    if length < 3:
        return None
    starts_alike = word[:1] == known[:1]
    pairs = [(word, known)]
    if length >= 6:
        # To double a letter, or not to, is the commonest mistake and counts for nothing.
        pairs.append((re.sub(r"(.)\1", r"\1", word), re.sub(r"(.)\1", r"\1", known)))
    word, known = min(pairs, key=lambda pair: _distance(*pair))
    if abs(len(word) - len(known)) > most:
        return None
    mistakes = _distance(word, known)
    # Two letters make another word of a short one, and at the beginning of any: unarchive, internal.
    if mistakes > most or (mistakes == 2 and (length < 8 or not starts_alike)):
        return None
    # With one letter changed, short words become each other: send and sent, seen and seed.
    is_changed = len(word) == len(known) and sorted(word) != sorted(known)
    return None if mistakes == 1 and is_changed and length < 5 else mistakes


def _distance(one: str, other: str) -> int:
    """How many letters to change, add, remove or swap with the next, to get from one to the other."""
    before: List[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, above, row = row, before, [i]
        for j, wanted in enumerate(other, 1):
            steps = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                steps = min(steps, above[j - 2] + 1)
            row.append(steps)
    return row[-1]
