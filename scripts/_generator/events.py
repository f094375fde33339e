"""The events by name, and the types of the handlers for them."""

from __future__ import annotations

from pathlib import Path
from typing import List

from _contract.contract import Contract

from .text import format_module

PATH = Path("titan") / "webhooks" / "events_gen.py"


# A user reads it in place of the documentation where a type checker or an editor reports the name.
_UNKNOWN_NAME = (
    "Titan is not known to send an event of this name: check the spelling, or use on_unknown, which gets all "
    "events that this version of the SDK does not know."
)


def write_events(contract: Contract) -> str:
    """`events_gen.py`."""
    classes = contract.events
    union = f"Union[{', '.join(classes.values())}]" if classes else "UnknownEvent"
    names = f"Literal[{', '.join(map(repr, classes))}]" if classes else "str"
    lines = [
        "from typing import Any, Callable, Dict, Protocol, Type, TypeVar, Union, overload",
        "from typing_extensions import Literal, deprecated",
        *[f"from titan.types_gen import {name}" for name in sorted(classes.values())],
        "from titan.webhooks.events import UnknownEvent",
        "R = TypeVar('R')",
        "E = TypeVar('E')",
        f"KnownEvent = {union}",
        "Event = Union[KnownEvent, UnknownEvent]",
        f"EventName = {names}",
        "EVENT_CLASSES: Dict[str, Type[KnownEvent]] = {",
        *[f"    {name!r}: {cls}," for name, cls in classes.items()],
        "}",
        "class Register(Protocol[E]):",
        '    """Takes a handler for events of one class, and returns it."""',
        "    def __call__(self, handler: Callable[[E], R], /) -> Callable[[E], R]: ...",
        "class On(Protocol):",
        '    """Types the handler by the name of the event."""',
    ]
    for name, cls in classes.items():
        lines += _overload(f"name: Literal[{name!r}], /", cls)
    lines += _overload("name: Literal['*'], /", "Event")
    if classes:
        lines += _overload("*names: Union[EventName, Literal['*']]", "Any")
    lines += _overload("*names: str", "Any", f"    @deprecated({_UNKNOWN_NAME!r})")
    return format_module(contract.folder, PATH, "Webhook events by name.", "\n".join(lines) + "\n")


def _overload(parameters: str, event: str, *decorators: str) -> List[str]:
    return ["    @overload", *decorators, f"    def __call__(self, {parameters}) -> Register[{event}]: ..."]
