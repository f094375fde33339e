"""Send many messages, none of them twice, through crashes and restarts.

    TITAN_BASE_URL=... TITAN_API_KEY=... python examples/outbox.py my-session people.csv

`people.csv` has the columns `invoice`, `phone` and `text`. Run it again after whatever happened: it goes on
where it was. With TITAN_WEBHOOK_SECRET it then stays, to learn what was delivered and read.
"""

import csv
import os
import sys
from typing import Any, Dict, Iterator, Tuple
from wsgiref.simple_server import make_server

from titan import TitanClient, WebhookRouter
from titan.outbox import Outbox, Pace

Item = Tuple[str, str, Dict[str, Any]]


def read_messages(session: str, path: str) -> Iterator[Item]:
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            message = {"chatId": row["phone"], "type": "text", "text": row["text"]}
            yield f"invoice-{row['invoice']}", session, message


if __name__ == "__main__":
    pace = Pace(per_minute=20, new_chats_per_day=50)
    with TitanClient() as client, Outbox(client, "sqlite:///outbox.db", pace=pace) as outbox:
        outbox.add_many(read_messages(*sys.argv[1:3]))
        outbox.run(progress=True)
        print({status: number for status, number in outbox.counts().items() if number})
        for message in outbox.messages("failed"):
            print(message, message.reason)
        if "TITAN_WEBHOOK_SECRET" in os.environ:
            router = WebhookRouter(os.environ["TITAN_WEBHOOK_SECRET"])
            router.on("*")(outbox.record)
            port = int(os.environ.get("PORT", "8000"))
            make_server("127.0.0.1", port, router.wsgi_app()).serve_forever()
