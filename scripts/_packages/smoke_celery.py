"""Sends by Celery where a package was installed with that extra; runs there, with `python -I`."""

import tempfile

from celery import Celery

from titan import TitanClient
from titan.outbox import Outbox
from titan.outbox.celery import use_celery

MESSAGE = {"chatId": "5511999999999@s.whatsapp.net", "type": "text", "text": "Hello"}

app = Celery("smoke-test", broker="memory://")
app.conf.update(task_always_eager=True, task_eager_propagates=True)
with (
    tempfile.TemporaryDirectory() as folder,
    # Nobody listens there: the task is refused, and says so in the journal.
    TitanClient("http://127.0.0.1:9", "titan_smoke_test") as client,
    Outbox(client, f"sqlite:///{folder}/outbox.db", resolve=False) as outbox,
):
    use_celery(outbox, app)
    outbox.add("smoke-test", "default", MESSAGE)
    message = outbox.get("smoke-test")
    assert (message.status, message.attempts) == ("queued", 1), f"no task has tried: {message.to_dict()}"
