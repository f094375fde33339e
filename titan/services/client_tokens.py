# generated from openapi.yaml and sdk.yaml by scripts/generate; do not edit
"""Short-lived tokens for browsers and other untrusted places, and the rules for them."""

from typing import Union

from titan.params_gen import ClientRulesParams, MintClientTokenParams
from titan.services._base import Service
from titan.services._generated import operations
from titan.types_gen import ClientRules, ClientToken, MintClientTokenRequest


class ClientTokens(Service):
    """Short-lived tokens for browsers and other untrusted places, and the rules for them."""

    def mint(self, token: Union[MintClientTokenRequest, MintClientTokenParams]) -> ClientToken:
        """Mint a client token.

        The token works for one session only. It cannot mint tokens, read rules or manage anything. Needs the
        scope `sessions:manage`.

        Args:
            token: `session`, `ephemeralId` (your own id for the user), and `ttl` in seconds (900 where it is
                left out).

        Returns:
            The token, in `token`, and when it ends.

        Raises:
            NotFoundError: The session does not exist.
            TitanError: The request failed in another way.
        """
        return self._call(operations.CLIENT_TOKENS_MINT, body=token, returns=ClientToken)

    def set_rules(self, session: str, rules: Union[ClientRules, ClientRulesParams]) -> ClientRules:
        """Set what the client tokens of a session may do.

        The rules act at once. Needs the scope `sessions:manage`.

        Args:
            session: Session name.
            rules: `recipientMode`, and `allowedActions`, `allowedOrigins` (each one comma-separated string),
                `rateLimit` (per minute and ephemeralId, 0: none), `maxDaily` (0: none), `enabled`.

        Returns:
            The rules as they now are.

        Raises:
            NotFoundError: The session does not exist.
            TitanError: The request failed in another way.
        """
        return self._call(operations.CLIENT_TOKENS_SET_RULES, session, body=rules, returns=ClientRules)

    def get_rules(self, session: str) -> ClientRules:
        """Get what the client tokens of a session may do.

        Needs the scope `sessions:manage`.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.

        Returns:
            The rules.

        Raises:
            NotFoundError: The session does not exist.
            TitanError: The request failed in another way.
        """
        return self._call(operations.CLIENT_TOKENS_GET_RULES, session, returns=ClientRules)
