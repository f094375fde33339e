"""The events by name, and the types of the handlers for them."""

from __future__ import annotations

from pathlib import Path

from _contract.contract import Contract

from .text import format_module

PATH = Path("titan") / "webhooks" / "events_gen.py"


def write_events(contract: Contract) -> str:
    """`events_gen.py`."""
    classes = contract.events
    union = f"Union[{', '.join(classes.values())}]" if classes else "UnknownEvent"
    lines = [
        "from typing import Any, Callable, Dict, Protocol, Type, TypeVar, Union, overload",
        "from typing_extensions import Literal",
        *[f"from titan.types_gen import {name}" for name in sorted(classes.values())],
        "from titan.webhooks.events import UnknownEvent",
        "R = TypeVar('R')",
        "E = TypeVar('E')",
        f"KnownEvent = {union}",
        "Event = Union[KnownEvent, UnknownEvent]",
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
        lines += [
            "    @overload",
            f"    def __call__(self, name: Literal[{name!r}], /) -> Register[{cls}]: ...",
        ]
    lines += [
        "    @overload",
        "    def __call__(self, name: Literal['*'], /) -> Register[Event]: ...",
        "    @overload",
        "    def __call__(self, *names: str) -> Register[Any]: ...",
    ]
    return format_module(contract.folder, PATH, "Webhook events by name.", "\n".join(lines) + "\n")
