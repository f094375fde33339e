"""Remember handled events in Redis: for several processes or machines that receive webhooks.

    TITAN_WEBHOOK_SECRET=... REDIS_URL=redis://localhost:6379 python examples/seen_redis.py

Needs `python -m pip install . redis` in a clone. While Redis cannot be reached, no event is handled:
Titan delivers them again later.
"""

import os
import uuid
from wsgiref.simple_server import make_server

import redis

from titan import WebhookRouter


class RedisEvents:
    def __init__(self, database, seconds=24 * 3600):
        self._database = database
        self._seconds = seconds

    def claim(self, event_id):
        key, mine = f"titan:event:{event_id}", uuid.uuid4().hex
        if self._database.set(key, mine, nx=True, ex=self._seconds):
            return True
        # When the answer of Redis is lost, its client tries again, and finds the key that it set itself.
        return self._database.get(key) in (mine, mine.encode())

    def release(self, event_id):
        self._database.delete(f"titan:event:{event_id}")


if __name__ == "__main__":
    seen = RedisEvents(redis.Redis.from_url(os.environ["REDIS_URL"]))
    router = WebhookRouter(os.environ["TITAN_WEBHOOK_SECRET"], seen=seen)
    router.on("*")(print)  # your handlers
    make_server("127.0.0.1", int(os.environ.get("PORT", "8000")), router.wsgi_app()).serve_forever()
