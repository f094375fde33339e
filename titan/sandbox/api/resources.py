"""Create, list, get, update and delete: the same for all resources that need nothing special."""

from __future__ import annotations

from typing import Callable, Dict, Generic, Optional, Tuple, TypeVar

from ..base.encoding import Json
from ..base.errors import SandboxError
from .request import DONE, ApiRequest, ApiResponse, Handler, Handlers

T = TypeVar("T")


def do_nothing(_request: ApiRequest, _item: object) -> None:
    """Serve as `delete` where there is nothing to do but to take the item away."""


class Resource(Generic[T]):
    """One kind of item.

    Args:
        service: First part of its operation ids, as in `labels`.
        noun: What one is called in errors.
        parameter: The path parameter that holds its id.
        items: Gives those that a request can see, by id.
        to_json: Shows one as Titan does.
    """

    def __init__(
        self,
        service: str,
        noun: str,
        parameter: str,
        items: Callable[[ApiRequest], Dict[str, T]],
        to_json: Callable[[ApiRequest, T], Json],
    ) -> None:
        self._service = service
        self._noun = noun
        self._parameter = parameter
        self._items = items
        self._to_json = to_json

    def find(self, request: ApiRequest) -> T:
        """Find the one that the path names.

        Raises:
            SandboxError: 404.
        """
        item_id = request.path[self._parameter]
        try:
            return self._items(request)[item_id]
        except KeyError:
            raise SandboxError(404, f"{self._noun} not found: {item_id}") from None

    def get(self, request: ApiRequest) -> ApiResponse:
        """Handle a request for one."""
        return ApiResponse(self._to_json(request, self.find(request)))

    def list_all(self, request: ApiRequest) -> ApiResponse:
        """Handle a request for all."""
        return ApiResponse([self._to_json(request, item) for item in self._items(request).values()])

    def handlers(
        self,
        create: Optional[Callable[[ApiRequest], Tuple[str, T]]] = None,
        update: Optional[Callable[[ApiRequest, T], None]] = None,
        delete: Optional[Callable[[ApiRequest, T], None]] = None,
        get: bool = True,
    ) -> Handlers:
        """Make the handlers.

        Args:
            create: Creates one from the body; returns its id too.
            update: Changes one as the body says.
            delete: Does what there is to do before one is taken from `items`.
            get: Whether one can be asked for.

        Returns:
            Handlers for list and for what was given.
        """
        handlers: Handlers = {"list": self.list_all}
        if get:
            handlers["get"] = self.get
        if create is not None:
            handlers["create"] = self._creator(create)
        if update is not None:
            handlers["update"] = self._updater(update)
        if delete is not None:
            handlers["delete"] = self._deleter(delete)
        return {f"{self._service}.{method}": handler for method, handler in handlers.items()}

    def _creator(self, create: Callable[[ApiRequest], Tuple[str, T]]) -> Handler:
        def handle_create(request: ApiRequest) -> ApiResponse:
            item_id, item = create(request)
            self._items(request)[item_id] = item
            return ApiResponse(self._to_json(request, item), 201)

        return handle_create

    def _updater(self, update: Callable[[ApiRequest, T], None]) -> Handler:
        def handle_update(request: ApiRequest) -> ApiResponse:
            item = self.find(request)
            update(request, item)
            return ApiResponse(self._to_json(request, item))

        return handle_update

    def _deleter(self, delete: Callable[[ApiRequest, T], None]) -> Handler:
        def handle_delete(request: ApiRequest) -> ApiResponse:
            delete(request, self.find(request))
            self._items(request).pop(request.path[self._parameter], None)
            return DONE

        return handle_delete
