"""Checking the signature of deliveries, and saying in the log why some are refused."""

from __future__ import annotations

import logging
from typing import Dict, Optional, Sequence, Union

from .._clock import now
from .._init_lock import ProcessLock
from .._privacy import Secret as Hidden
from .._signature import SecretValue, has_signature, secret_keys, verify_webhook
from ..errors import WebhookSignatureError
from .headers import Headers, signature_in
from .parsing import Body

_logger = logging.getLogger("titan")

_One = Union[str, bytes, SecretValue]
Secret = Union[_One, Sequence[_One]]
"""The secret of a webhook, or several while you rotate it."""

_Signature = Union[str, bytes, None]

SECONDS_BETWEEN_LINES = 60.0
"""How far apart the lines in the log are: anybody can send deliveries with a wrong signature."""

_MISSING = "without a signature"
_MALFORMED = "with one of another form"
_MISFIT = "with one that does not fit"


class SignatureCheck:
    """Checks deliveries with the secret of a webhook.

    Args:
        secret: The secret, or several.

    Raises:
        ValueError: A secret is empty, or none was given.
        TypeError: The secret is of another type.
    """

    def __init__(self, secret: Hidden[Secret]) -> None:
        try:
            secret_keys(secret.reveal())  # an unusable one shows here, not at the first delivery
        except Exception as error:
            # Error trackers report the local variables of every frame in the traceback.
            raise error.with_traceback(None)  # noqa: B904 - it is the same one
        self._secret = secret
        self._unlogged: Dict[str, int] = {}
        self._next_line: Optional[float] = None
        self._lock = ProcessLock()

    @property
    def secret(self) -> Secret:
        """The secret, or several."""
        return self._secret.reveal()

    def check(self, body: Hidden[Body], headers: Hidden[Headers]) -> None:
        """Refuse a delivery that does not come from who has the secret.

        Raises:
            WebhookSignatureError: The signature is missing or does not fit.
        """
        signature = Hidden(signature_in(headers.reveal()))
        if not verify_webhook(body.reveal(), signature.reveal(), self._secret.reveal()):
            self._log(body, signature)
            raise WebhookSignatureError("the signature of this delivery is missing or does not fit")

    def _log(self, body: Hidden[Body], signature: Hidden[_Signature]) -> None:
        time, kind = now(), _kind_of(signature.reveal())
        with self._lock():
            if self._next_line is not None and time < self._next_line:
                self._unlogged[kind] = self._unlogged.get(kind, 0) + 1
                return
            self._next_line = time + SECONDS_BETWEEN_LINES
            unlogged, self._unlogged = self._unlogged, {}
        others = ", ".join(f"{count} {kind}" for kind, count in unlogged.items())
        before = f" (since the last line about this also {others})" if others else ""
        _logger.warning("refused a webhook delivery%s: %s", before, self._fault(kind, body, signature))

    def _fault(self, kind: str, body: Hidden[Body], signature: Hidden[_Signature]) -> str:
        if kind == _MISSING:
            return (
                "it has no header X-Webhook-Signature. Titan signs where the webhook has an hmacKey; a proxy "
                "may have dropped the header"
            )
        if kind == _MALFORMED:
            return "its X-Webhook-Signature is not of the form sha256= and 64 hex digits"
        return "its signature does not fit the body. " + self._why_it_does_not_fit(body, signature)

    def _why_it_does_not_fit(self, body: Hidden[Body], signature: Hidden[_Signature]) -> str:
        keys = secret_keys(self._secret.reveal())
        padded = [key.strip() for key in keys if key != key.strip()]
        stripped = [key for key in padded if key]
        if stripped and verify_webhook(body.reveal(), signature.reveal(), stripped):
            return "It fits without the white space around the secret that you gave: strip it"
        hints = (
            "Either the secret is not the webhook's hmacKey, or the body is not the raw one (what was parsed "
            "and written again has another signature), or somebody else sent it"
        )
        return f"{hints}. A secret that you gave has white space around it" if padded else hints


def _kind_of(signature: _Signature) -> str:
    """What is wrong with a signature that was refused."""
    if not signature or not signature.strip():
        return _MISSING
    return _MISFIT if has_signature(signature) else _MALFORMED
