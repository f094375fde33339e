"""A service as an attribute of the client, loaded when it is first used."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, Type, TypeVar, overload

from .._init_lock import init_lock
from .._interruptions import PYTHON_IS_ENDING
from ..errors import TitanError

S = TypeVar("S")


class ServiceAttribute(Generic[S]):
    """Gives a client its service, made at the first access; on the client's class, the service's class.

    pydantic and the generated types take as long to import as all the rest: a service brings them, not the
    client.

    Args:
        module: Name of the module in `titan.services`, which is also the attribute's.
        class_name: Name of the service's class in it.
    """

    def __init__(self, module: str, class_name: str) -> None:
        self._module = module
        self._class_name = class_name

    if TYPE_CHECKING:

        @overload
        def __get__(self, client: None, owner: Type[Any]) -> Type[S]: ...
        @overload
        def __get__(self, client: Any, owner: Type[Any]) -> S: ...
        def __get__(self, client: Any, owner: Type[Any]) -> Any: ...

    else:

        def __get__(self, client, owner):
            try:
                with init_lock():
                    module = import_module(f"titan.services.{self._module}")
            except ImportError:
                if sys.meta_path is not None:
                    raise
                raise TitanError(PYTHON_IS_ENDING, maybe_processed=False) from None
            service_class = getattr(module, self._class_name)
            if client is None:
                return service_class
            # The client finds it in its own attributes from now on.
            service = vars(client)[self._module] = service_class(client._context)
            return service
