"""Remember handled events in Redis: for several processes or machines that receive webhooks.

    TITAN_WEBHOOK_SECRET=... REDIS_URL=redis://localhost:6379 python examples/seen_redis.py

Needs `python -m pip install . redis` in a clone. While Redis cannot be reached, no event is handled:
Titan delivers them again later.
"""

import os
from typing import Any, Literal
from wsgiref.simple_server import make_server

import redis

from titan import WebhookRouter

# Each script runs as one step, and once more changes nothing: a client whose answer got lost may repeat it.
CLAIM = """
local held = redis.call("GET", KEYS[1])
if held == "handled" then return 2 end
if held and held ~= ARGV[1] then return 1 end
redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2])
return 0
"""
FINISH = """
local held = redis.call("GET", KEYS[1])
if not held or held == ARGV[1] then redis.call("SET", KEYS[1], "handled", "PX", ARGV[2]) end
"""
RELEASE = """
if redis.call("GET", KEYS[1]) == ARGV[1] then redis.call("DEL", KEYS[1]) end
"""


class RedisEvents:
    """An event may be handled again where its handler takes longer than `lease` seconds."""

    def __init__(self, database: redis.Redis, seconds: float = 24 * 3600, lease: float = 60) -> None:
        self._database = database
        self._seconds = seconds
        self._lease = lease

    def claim(self, event_id: str, owner: str) -> Literal["new", "running", "handled"]:
        return ("new", "running", "handled")[int(self._run(CLAIM, event_id, owner, self._lease))]

    def finish(self, event_id: str, owner: str) -> None:
        self._run(FINISH, event_id, owner, self._seconds)

    def release(self, event_id: str, owner: str) -> None:
        self._run(RELEASE, event_id, owner, 0)

    def _run(self, script: str, event_id: str, owner: str, seconds: float) -> Any:
        return self._database.eval(script, 1, f"titan:event:{event_id}", owner, int(seconds * 1000))


if __name__ == "__main__":
    seen = RedisEvents(redis.from_url(os.environ["REDIS_URL"]))
    router = WebhookRouter(os.environ["TITAN_WEBHOOK_SECRET"], seen=seen)
    router.on("*")(print)  # your handlers
    make_server("127.0.0.1", int(os.environ.get("PORT", "8000")), router.wsgi_app()).serve_forever()
