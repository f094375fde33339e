# generated from openapi.yaml and sdk.yaml by scripts/generate; do not edit
"""Addresses that Titan posts events to."""

from typing import List, Union

from titan.params_gen import CreateWebhookParams, UpdateWebhookParams
from titan.services._base import Service
from titan.services._generated import operations
from titan.types_gen import CreateWebhookRequest, UpdateWebhookRequest, Webhook


class Webhooks(Service):
    """Addresses that Titan posts events to."""

    def create(self, webhook: Union[CreateWebhookRequest, CreateWebhookParams]) -> Webhook:
        """Create a webhook.

        Titan posts events to its address. The answer has the signing key in `hmacKey`, this once.

        Args:
            webhook: `url` (HTTPS, public); `events` (omitted: all), `session` (omitted: all), `hmacKey` (your
                signing key), `label`, `headers`, `retries`, `enabled`.

        Returns:
            The webhook, with its signing key in `hmac_key`, this once.

        Raises:
            NotFoundError: The session does not exist.
            TitanError: The request failed in another way.
        """
        return self._call(operations.WEBHOOKS_CREATE, body=webhook, returns=Webhook)

    def list(self) -> List[Webhook]:
        """List all webhooks.

        Evidence: assumed; Titan's reference has no page for it.

        Returns:
            The webhooks, without their signing keys.

        Raises:
            TitanError: The request failed in another way.
        """
        return self._call(operations.WEBHOOKS_LIST, returns=List[Webhook])

    def get(self, webhook_id: Union[str, int]) -> Webhook:
        """Get a webhook.

        Evidence: assumed; Titan's reference has no page for it.

        Args:
            webhook_id: Webhook id, as `list` returns it.

        Returns:
            The webhook, without its signing key.

        Raises:
            NotFoundError: The webhook does not exist.
            TitanError: The request failed in another way.
        """
        return self._call(operations.WEBHOOKS_GET, webhook_id, returns=Webhook)

    def update(
        self, webhook_id: Union[str, int], webhook: Union[UpdateWebhookRequest, UpdateWebhookParams]
    ) -> Webhook:
        """Change a webhook.

        A lost signing key is replaced by updating with a new one.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            webhook_id: Webhook id, as `list` returns it.
            webhook: What to change, of the fields that `create` takes; a new `hmacKey` replaces a lost one.

        Returns:
            The webhook as it now is.

        Raises:
            NotFoundError: The webhook does not exist.
            TitanError: The request failed in another way.
        """
        return self._call(operations.WEBHOOKS_UPDATE, webhook_id, body=webhook, returns=Webhook)

    def delete(self, webhook_id: Union[str, int]) -> None:
        """Delete a webhook.

        Evidence: assumed; Titan's reference has no page for it.

        Args:
            webhook_id: Webhook id, as `list` returns it.

        Raises:
            NotFoundError: The webhook does not exist.
            TitanError: The request failed in another way.
        """
        return self._call(operations.WEBHOOKS_DELETE, webhook_id)
