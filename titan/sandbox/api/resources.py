"""Create, list, get, update and delete: the one mechanism of all things that have no more to them."""

from __future__ import annotations

from typing import Callable, Dict, Generic, Optional, Tuple, TypeVar

from ..base.errors import SandboxError
from ..state import Json
from .request import DONE, ApiRequest, ApiResponse, Handler, Handlers

T = TypeVar("T")


def do_nothing(_request: ApiRequest, _item: object) -> None:
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
        items: Callable[[ApiRequest], Dict[str, T]],
        view: Callable[[ApiRequest, T], Json],
    ) -> None:
        self._service = service
        self._noun = noun
        self._parameter = parameter
        self._items = items
        self._view = view

    def find(self, request: ApiRequest) -> T:
        """Find the one that the path names.

        Raises:
            SandboxError: 404.
        """
        name = request.path[self._parameter]
        try:
            return self._items(request)[name]
        except KeyError:
            raise SandboxError(404, f"{self._noun} not found: {name}") from None

    def handlers(
        self,
        create: Optional[Callable[[ApiRequest], Tuple[str, T]]] = None,
        update: Optional[Callable[[ApiRequest, T], None]] = None,
        delete: Optional[Callable[[ApiRequest, T], None]] = None,
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

        def on_list(request: ApiRequest) -> ApiResponse:
            return ApiResponse([self._view(request, item) for item in self._items(request).values()])

        def on_get(request: ApiRequest) -> ApiResponse:
            return ApiResponse(self._view(request, self.find(request)))

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

    def _creator(self, create: Callable[[ApiRequest], Tuple[str, T]]) -> Handler:
        def on_create(request: ApiRequest) -> ApiResponse:
            name, item = create(request)
            self._items(request)[name] = item
            return ApiResponse(self._view(request, item), 201)

        return on_create

    def _updater(self, update: Callable[[ApiRequest, T], None]) -> Handler:
        def on_update(request: ApiRequest) -> ApiResponse:
            item = self.find(request)
            update(request, item)
            return ApiResponse(self._view(request, item))

        return on_update

    def _deleter(self, delete: Callable[[ApiRequest, T], None]) -> Handler:
        def on_delete(request: ApiRequest) -> ApiResponse:
            delete(request, self.find(request))
            self._items(request).pop(request.path[self._parameter], None)
            return DONE

        return on_delete
