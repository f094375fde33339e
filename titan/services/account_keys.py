"""Server API keys of the account."""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Union

from ..types_gen import AccountKey
from ._base import Service

if TYPE_CHECKING:
    from ..params_gen import CreateAccountKeyParams, UpdateAccountKeyParams
    from ..types_gen import CreateAccountKeyRequest, UpdateAccountKeyRequest


class AccountKeys(Service):
    """Server API keys of the account."""

    def create(self, key: Union[CreateAccountKeyRequest, CreateAccountKeyParams]) -> AccountKey:
        """Create a server API key.

        The answer has the full key in `key`, this once.

        Args:
            key: `label`, `lifetimeDays`, and `scopes`; `*` is all scopes.

        Returns:
            The key, with its secret part in `key`, this once.

        Raises:
            TitanError: The request failed in another way.
        """
        return self._call("POST", "/api/account/keys", body=key, returns=AccountKey)

    def list(self) -> List[AccountKey]:
        """List the server API keys of the account.

        Evidence: named in Titan's reference; path or field names are our reading.

        Returns:
            The keys, without their secret parts.

        Raises:
            TitanError: The request failed in another way.
        """
        return self._call("GET", "/api/account/keys", returns=List[AccountKey], inferred=True)

    def update(self, key_id: str, key: Union[UpdateAccountKeyRequest, UpdateAccountKeyParams]) -> AccountKey:
        """Rename, disable or enable a server API key.

        Args:
            key_id: Key id (`key_…`), as `list` returns it; not the key itself.
            key: New `label`, or `isActive`: false disables the key, true enables it.

        Returns:
            The key as it now is.

        Raises:
            NotFoundError: The key does not exist.
            TitanError: The request failed in another way.
        """
        return self._call(
            "PATCH", "/api/account/keys/{keyId}", key_id, body=key, returns=AccountKey, idempotent=True
        )

    def delete(self, key_id: str) -> None:
        """Delete a server API key.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            key_id: Key id (`key_…`), as `list` returns it; not the key itself.

        Raises:
            NotFoundError: The key does not exist.
            TitanError: The request failed in another way.
        """
        return self._call("DELETE", "/api/account/keys/{keyId}", key_id, inferred=True)
