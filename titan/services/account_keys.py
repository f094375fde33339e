# generated from openapi.yaml and sdk.yaml by scripts/generate; do not edit
"""Server API keys of the account."""

from typing import List, Union

from titan.params_gen import CreateAccountKeyParams, UpdateAccountKeyParams
from titan.services._base import Service
from titan.services._generated import operations
from titan.types_gen import AccountKey, CreateAccountKeyRequest, UpdateAccountKeyRequest


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
        return self._call(operations.ACCOUNT_KEYS_CREATE, body=key, returns=AccountKey)

    def list(self) -> List[AccountKey]:
        """List the server API keys of the account.

        Evidence: named in Titan's reference; path or field names are our reading.

        Returns:
            The keys, without their secret parts.

        Raises:
            TitanError: The request failed in another way.
        """
        return self._call(operations.ACCOUNT_KEYS_LIST, returns=List[AccountKey])

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
        return self._call(operations.ACCOUNT_KEYS_UPDATE, key_id, body=key, returns=AccountKey)

    def delete(self, key_id: str) -> None:
        """Delete a server API key.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            key_id: Key id (`key_…`), as `list` returns it; not the key itself.

        Raises:
            NotFoundError: The key does not exist.
            TitanError: The request failed in another way.
        """
        return self._call(operations.ACCOUNT_KEYS_DELETE, key_id)
