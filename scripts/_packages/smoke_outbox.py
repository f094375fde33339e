"""Uses the outbox where a package was installed with its extra; runs there, with `python -I`."""

import tempfile

from titan import TitanClient
from titan.outbox import Outbox

MESSAGE = {"chatId": "5511999999999@s.whatsapp.net", "type": "text", "text": "Hello"}

with (
    tempfile.TemporaryDirectory() as folder,
    TitanClient("https://api.example.com", "titan_smoke_test") as client,
    Outbox(client, f"sqlite:///{folder}/outbox.db") as outbox,
):
    outbox.add("smoke-test", "default", MESSAGE)
    outbox.add("smoke-test", "default", MESSAGE)
    assert outbox.counts()["queued"] == 1, f"the journal has {outbox.counts()}"
