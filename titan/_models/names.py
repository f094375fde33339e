"""Lists of names in request bodies, as type checkers and editors see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator, List, TypeVar

if TYPE_CHECKING:
    from typing_extensions import Protocol

    T_co = TypeVar("T_co", covariant=True)

    class Names(Protocol[T_co]):
        """A list or tuple of names, but not a single name, which is itself a sequence of texts.

        Not `List`: in the items of one, pyright completes no names where other texts are allowed too.
        """

        def __contains__(self, value: object, /) -> bool: ...
        def __len__(self) -> int: ...
        def __iter__(self) -> Iterator[T_co]: ...
        def __reversed__(self) -> Iterator[T_co]: ...

else:
    Names = List
