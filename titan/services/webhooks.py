"""Addresses that Titan posts events to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Mapping, Union

from ..types_gen import Webhook
from ._base import Service

if TYPE_CHECKING:
    from ..params_gen import CreateWebhookParams, UpdateWebhookParams
    from ..types_gen import CreateWebhookRequest, UpdateWebhookRequest


class Webhooks(Service):
    """Addresses that Titan posts events to."""

    def create(self, webhook: Union[CreateWebhookRequest, CreateWebhookParams]) -> Webhook:
        """Create a webhook.

        Titan posts events to its address. The answer has the signing key in `hmacKey`, this once.

        Args:
            webhook: `url` (HTTPS, public); `events` (omitted: all), `session` (omitted: all), `hmacKey`
                (your signing key), `label`, `headers`, `retries`, `enabled`.

        Returns:
            The webhook, with its signing key in `hmac_key`, this once.

        Raises:
            NotFoundError: The session does not exist.
            TitanError: The request failed in another way.
        """
        return self._call("POST", "/api/webhooks", body=webhook, returns=Webhook)

    def list(self) -> List[Webhook]:
        """List all webhooks.

        Evidence: assumed; Titan's reference has no page for it.

        Returns:
            The webhooks, without their signing keys.

        Raises:
            TitanError: The request failed in another way.
        """
        return self._call("GET", "/api/webhooks", returns=List[Webhook], inferred=True)

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
        return self._call("GET", "/api/webhooks/{webhookId}", webhook_id, returns=Webhook, inferred=True)

    def update(
        self,
        webhook_id: Union[str, int],
        webhook: Union[UpdateWebhookRequest, UpdateWebhookParams, Mapping[str, Any]],
    ) -> Webhook:
        """Change a webhook.

        A lost signing key is replaced by updating with a new one.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            webhook_id: Webhook id, as `list` returns it.
            webhook: What to change, of the fields that `create` takes; a new `hmacKey` replaces a lost
                one.

        Returns:
            The webhook as it now is.

        Raises:
            NotFoundError: The webhook does not exist.
            TitanError: The request failed in another way.
        """
        return self._call(
            "PUT", "/api/webhooks/{webhookId}", webhook_id, body=webhook, returns=Webhook, inferred=True
        )

    def delete(self, webhook_id: Union[str, int]) -> None:
        """Delete a webhook.

        Evidence: assumed; Titan's reference has no page for it.

        Args:
            webhook_id: Webhook id, as `list` returns it.

        Raises:
            NotFoundError: The webhook does not exist.
            TitanError: The request failed in another way.
        """
        return self._call("DELETE", "/api/webhooks/{webhookId}", webhook_id, inferred=True)
