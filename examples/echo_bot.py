"""Answer each message with its own text, in the same chat, and keep the files that come with messages.

    TITAN_BASE_URL=... TITAN_API_KEY=... TITAN_WEBHOOK_SECRET=... python examples/echo_bot.py

Point a webhook at its port 8000. `waitress-serve examples.echo_bot:app` runs it on a server for production.
"""

import mimetypes
import os
from wsgiref.simple_server import make_server

from titan import TitanClient, TitanError, WebhookRouter, jid
from titan.types_gen import MessageReceivedEvent
from titan.webhooks import RecentEvents

client = TitanClient()
router = WebhookRouter(os.environ["TITAN_WEBHOOK_SECRET"], seen=RecentEvents())


@router.on("message.received")
def echo(event: MessageReceivedEvent) -> None:
    message = event.payload
    if message.from_me or event.chat_id in (None, jid.STATUS):
        return  # or the bot would answer itself, or everybody it knows
    answer = event.text or "A message without text."
    if message.media_id:
        ending = mimetypes.guess_extension((message.mime_type or "").partition(";")[0]) or ".bin"
        file = os.path.basename(message.media_id) + ending
        size = client.media.download_to(event.session, message.media_id, file)
        answer = f"{answer} ({size} bytes, kept as {file})"
    try:
        client.messages.reply(event, answer)
    except TitanError as error:
        if not error.maybe_processed:
            raise  # Titan delivers the event again, and the bot tries again


app = router.wsgi_app()

if __name__ == "__main__":
    make_server("127.0.0.1", int(os.environ.get("PORT", "8000")), app).serve_forever()
