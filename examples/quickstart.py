"""The quickstart: from an API key to a sent message.

    python examples/quickstart.py "+55 11 99999-9999"

TITAN_BASE_URL and TITAN_API_KEY say which Titan, and hold a key that may create others.
"""

import base64
import sys
from pathlib import Path

import segno

from titan import ConflictError, TitanClient, jid
from titan.types_gen import PairingQR

chat_id = jid.user(sys.argv[1])


def show(code: PairingQR) -> None:
    """Show a QR code, to be scanned in WhatsApp under Linked devices. It changes about every 20 seconds."""
    if code.qr.startswith("data:image/png;base64,"):
        Path("qr.png").write_bytes(base64.b64decode(code.qr.partition(",")[2]))
        print("Scan the code in", Path("qr.png").resolve())
    else:
        segno.make(code.qr).terminal(compact=True)


with TitanClient() as account:
    scopes = ["sessions:read", "sessions:manage", "messages:write"]
    key = account.account_keys.create({"label": "my-first-key", "lifetimeDays": 30, "scopes": scopes})
    print("Created the key", key.id)

with TitanClient(api_key=key.key) as client:
    try:
        client.sessions.create({"name": "my-session", "start": True})
    except ConflictError:  # it exists already
        client.sessions.start("my-session")
    session = client.pairing.wait("my-session", on_qr=show, timeout=120)
    print("The session", session.name, "is", session.status)

    message = client.messages.send(
        session.name, {"chatId": chat_id, "type": "text", "text": "Hello from Titan!"}
    )
    print("The message", message.id, "is", message.status)
