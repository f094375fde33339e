"""Create, list, get, update and delete: the one mechanism of all things that have no more to them."""

from __future__ import annotations

from typing import Callable, Dict, Generic, Optional, Tuple, TypeVar

from ..base.errors import SandboxError
from ..state import Json
from .calls import DONE, Answer, Call, Handler, Handlers

T = TypeVar("T")


def gone(_call: Call, _item: object) -> None:
    """Have nothing more to do where something is deleted."""


class Resource(Generic[T]):
    """One kind of thing.

    Args:
        service: First part of its operation ids, as in `labels`.
        noun: What one is called in errors.
        parameter: The path parameter that holds its id.
        items: Gives those that a request can see, by id.
        view: Shows one as Titan does.
    """

    def __init__(
        self,
        service: str,
        noun: str,
        parameter: str,
        items: Callable[[Call], Dict[str, T]],
        view: Callable[[Call, T], Json],
    ) -> None:
        self._service = service
        self._noun = noun
        self._parameter = parameter
        self._items = items
        self._view = view

    def find(self, call: Call) -> T:
        """Find the one that the path names.

        Raises:
            SandboxError: 404.
        """
        name = call.path[self._parameter]
        try:
            return self._items(call)[name]
        except KeyError:
            raise SandboxError(404, f"{self._noun} not found: {name}") from None

    def handlers(
        self,
        create: Optional[Callable[[Call], Tuple[str, T]]] = None,
        update: Optional[Callable[[Call, T], None]] = None,
        delete: Optional[Callable[[Call, T], None]] = None,
        get: bool = True,
    ) -> Handlers:
        """Make the handlers.

        Args:
            create: Makes a new one from the body; gives its id too.
            update: Changes one as the body says.
            delete: Says goodbye to one, beside taking it from `items`.
            get: Whether one can be asked for.

        Returns:
            Handlers for list and for what was given.
        """

        def on_list(call: Call) -> Answer:
            return Answer([self._view(call, item) for item in self._items(call).values()])

        def on_get(call: Call) -> Answer:
            return Answer(self._view(call, self.find(call)))

        handlers: Handlers = {"list": on_list}
        if get:
            handlers["get"] = on_get
        if create is not None:
            handlers["create"] = self._creator(create)
        if update is not None:
            handlers["update"] = self._updater(update)
        if delete is not None:
            handlers["delete"] = self._deleter(delete)
        return {f"{self._service}.{verb}": handler for verb, handler in handlers.items()}

    def _creator(self, create: Callable[[Call], Tuple[str, T]]) -> Handler:
        def on_create(call: Call) -> Answer:
            name, item = create(call)
            self._items(call)[name] = item
            return Answer(self._view(call, item), 201)

        return on_create

    def _updater(self, update: Callable[[Call, T], None]) -> Handler:
        def on_update(call: Call) -> Answer:
            item = self.find(call)
            update(call, item)
            return Answer(self._view(call, item))

        return on_update

    def _deleter(self, delete: Callable[[Call, T], None]) -> Handler:
        def on_delete(call: Call) -> Answer:
            delete(call, self.find(call))
            self._items(call).pop(call.path[self._parameter], None)
            return DONE

        return on_delete
