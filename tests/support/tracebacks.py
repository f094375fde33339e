"""What an error tracker takes from an error: the local variables of every frame that it passed through."""

from __future__ import annotations

from types import FrameType, ModuleType
from typing import Any, Iterator, List, NamedTuple, Sequence, Set, Tuple

# Sentry goes ten deep; what is further inside it shows by its `repr`.
_DEPTH = 10


class Frame(NamedTuple):
    """A frame that an error passed through, with all that can be seen of its local variables."""

    module: str
    function: str
    shown: str


_LIBRARIES = ("httpx", "httpcore", "httpx2", "httpcore2", "h11", "pydantic")
"""Their frames hold headers and addresses."""


def find_private(error: BaseException, *, credentials: Sequence[str], private: Sequence[str]) -> List[str]:
    """What an error's frames show that they must not, as lines for a person.

    Args:
        error: The error.
        credentials: What no frame of ours may hold.
        private: What only the frame of the method that the user called may hold, which has it as given.
    """
    found = []
    for frame in frames_of(error):
        package = frame.module.partition(".")[0]
        if package in _LIBRARIES:
            found.append(f"a frame of {frame.module} is left")
        if package == "titan":
            unwanted = credentials if is_method(frame) else (*credentials, *private)
            found += [
                f"{secret} is in {frame.module}.{frame.function}: {line}"
                for secret in unwanted
                for line in frame.shown.splitlines()
                if secret in line
            ]
    return found


def is_method(frame: Frame) -> bool:
    """Whether it is a frame of what the user called."""
    return frame.module == "titan.client" or (
        frame.module.startswith("titan.services.")
        and not frame.module.rpartition(".")[2].startswith("_")
        and not frame.function.startswith("_")
    )


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
