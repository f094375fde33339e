"""What is sent and answered while it is measured."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Dict, Optional, Sequence

KILOBYTE = 1000
SESSION = "my-session"
KEY = "titan_x"
CHAT = "5511999999999@s.whatsapp.net"
SECRET = "the secret of a webhook"
TEXT: Dict[str, Any] = {"chatId": CHAT, "type": "text", "text": "Hello from Titan!"}

MESSAGE = {
    "id": "msg_3AFBWAIKiNsZCmkg",
    "session": SESSION,
    "fromMe": True,
    "status": "sent",
    "type": "text",
    "text": "Hello from Titan!",
    "sentAt": "2025-05-01T12:05:00Z",
}
SESSION_ANSWER = {
    "name": SESSION,
    "status": "CONNECTED",
    "phoneNumber": "+5511999999999",
    "createdAt": "2025-05-01T12:00:00Z",
    "updatedAt": "2025-05-01T12:05:00Z",
}
EVENT = {
    "id": "evt_01jz8q3v5k00",
    "event": "message.received",
    "session": SESSION,
    "timestamp": "2025-05-01T12:05:00Z",
    "payload": {
        "id": "msg_3AFBWAIKiNsZDpxy1VbLe8",
        "from": {"phoneNumber": "+5511999999999", "lid": "12345678901234567890@lid", "mode": "pn"},
        "type": "text",
        "body": "Hi there!",
        "text": "Hi there!",
        "timestamp": 1746101100,
        "fromMe": False,
        "pushName": "Front desk",
        "isGroup": False,
    },
}
EVENT_BODY = json.dumps(EVENT).encode()


def contact(number: int) -> Dict[str, Optional[str]]:
    """A contact as Titan lists them."""
    return {
        "phoneNumber": f"+551199{number:06}",
        "pushName": f"Contact {number}",
        "name": f"Contact number {number}",
        "businessName": None,
        "lid": f"12345678{number:06}@lid",
        "profileUrl": f"https://example.com/pictures/{number}.jpg",
    }


def contacts_body(count: int) -> bytes:
    """The answer that lists this many contacts."""
    return json.dumps({"data": [contact(number) for number in range(count)]}).encode()


def write_files(folder: Path, sizes: Sequence[int]) -> None:
    """Write the files that are sent, each of so many kilobytes."""
    for kilobytes in sizes:
        with sent_file(folder, kilobytes).open("wb") as file:
            for _ in range(kilobytes):
                file.write(os.urandom(KILOBYTE))


def sent_file(folder: Path, kilobytes: int) -> Path:
    """Where the file of this size is."""
    return folder / f"{kilobytes}.bin"


def received_file(folder: Path) -> Path:
    """Where this process puts what it downloads."""
    return folder / f"received-{os.getpid()}.bin"
