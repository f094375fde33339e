"""What an error tracker takes from an error: the local variables of every frame that it passed through."""

from __future__ import annotations

from types import FrameType, ModuleType
from typing import Any, Iterator, List, NamedTuple, Set, Tuple

# Sentry goes ten deep; what is further inside it shows by its `repr`.
_DEPTH = 10


class Frame(NamedTuple):
    """A frame that an error passed through, with all that can be seen of its local variables."""

    module: str
    function: str
    shown: str


def frames_of(error: BaseException) -> Iterator[Frame]:
    """The frames of an error and of those that are chained to it, of each the outermost first."""
    seen: Set[int] = set()
    ahead: List[Any] = [error]
    while ahead:
        one = ahead.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        ahead += [one.__cause__, one.__context__]
        traceback = one.__traceback__
        while traceback is not None:
            yield _read(traceback.tb_frame)
            traceback = traceback.tb_next


def _read(frame: FrameType) -> Frame:
    shown = "\n".join(
        f"{name} = {text}" for name, value in frame.f_locals.items() for text in _texts(value, _DEPTH)
    )
    return Frame(frame.f_globals.get("__name__", ""), frame.f_code.co_name, shown)


def _texts(value: Any, depth: int) -> Iterator[str]:
    """The `repr` of a value, and of all that trackers find inside it: they go past a safe `repr`."""
    try:
        yield repr(value)
    except Exception as error:
        yield f"<{type(error).__name__}>"
    if depth == 0 or isinstance(value, (ModuleType, type, str, bytes)):
        return
    for part in _parts(value, plain_objects=depth == _DEPTH):
        yield from _texts(part, depth - 1)


def _parts(value: Any, *, plain_objects: bool) -> Tuple[Any, ...]:
    if isinstance(value, dict):
        return (*value, *value.values())
    if isinstance(value, (list, tuple, set, frozenset)):
        return tuple(value)
    # Stricter than trackers are: the attributes of our objects as well, one level deep.
    attributes = getattr(value, "__dict__", None) if plain_objects and _is_ours(value) else None
    return tuple(attributes.values()) if isinstance(attributes, dict) else ()


def _is_ours(value: Any) -> bool:
    return type(value).__module__.partition(".")[0] in ("titan", "tests")
