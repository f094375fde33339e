# generated from openapi.yaml and sdk.yaml by scripts/generate; do not edit
"""Linking a session to a phone, by QR code or by a code typed on the phone."""

from typing import Union

from titan.params_gen import PairingCodeParams
from titan.services._base import Service
from titan.services._generated import operations
from titan.types_gen import PairingCode, PairingCodeRequest, PairingQR


class Pairing(Service):
    """Linking a session to a phone, by QR code or by a code typed on the phone."""

    def qr(self, session: str) -> PairingQR:
        """Get the QR code to scan.

        Poll every few seconds, as the code changes about every 20 seconds, and draw it again when `qr`
        changes. Stop when the session is CONNECTED, or DISCONNECTED with the reason QR_TIMEOUT (start the
        session again). Needs the scope `sessions:manage`.

        Args:
            session: Session name.

        Returns:
            The code in `qr`: a data URI of a PNG, or the raw text to draw.

        Raises:
            NotFoundError: The session does not exist.
            ConflictError: The session does not wait to be paired.
            TitanError: The request failed in another way.
        """
        return self._call(operations.PAIRING_QR, session, returns=PairingQR)

    def code(self, session: str, phone: Union[PairingCodeRequest, PairingCodeParams]) -> PairingCode:
        """Get a code to pair by phone number.

        The code has 8 digits and is typed on the phone under Linked devices. Needs the scope
        `sessions:manage`.

        Evidence: named in Titan's reference; path or field names are our reading.

        Args:
            session: Session name.
            phone: `phoneNumber` of the phone to link, with country code.

        Returns:
            The code to type on the phone, 8 digits.

        Raises:
            NotFoundError: The session does not exist.
            ConflictError: The session does not wait to be paired.
            TitanError: The request failed in another way.
        """
        return self._call(operations.PAIRING_CODE, session, body=phone, returns=PairingCode)
