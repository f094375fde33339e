"""The sandbox while freezegun or time-machine has frozen or moved the time: nothing waits for ever."""

from __future__ import annotations

import importlib.util

import pytest

from tests.support.interpreter import run_python

# Each case takes seconds: the sandbox starts, delivers, retries and stops.
pytestmark = pytest.mark.heavy

_TOOLS = {
    "freezegun": "import freezegun\nfrozen = lambda: freezegun.freeze_time('2030-01-02')",
    "freezegun and asyncio": (
        "import freezegun\nfrozen = lambda: freezegun.freeze_time('2030-01-02', real_asyncio=True)"
    ),
    "freezegun that ticks": (
        "import freezegun\nfrozen = lambda: freezegun.freeze_time('2030-01-02', tick=True)"
    ),
    "time-machine": (
        "import time_machine\nfrozen = lambda: time_machine.travel('2030-01-02T00:00:00Z', tick=False)"
    ),
    "time-machine that ticks": (
        "import time_machine\nfrozen = lambda: time_machine.travel('2030-01-02T00:00:00Z')"
    ),
}
_USE = """
import faulthandler, sys
faulthandler.dump_traceback_later(40, exit=True)
TOOL
import http.server, threading
from titan import TitanClient
from titan.sandbox import Sandbox

CHAT = "5511999999999@s.whatsapp.net"
posted, answers = [], threading.Event()

class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        posted.append(self.path)
        if self.path == "/slow":
            answers.wait()
        self.send_response(500 if posted.count(self.path) == 1 and self.path == "/twice" else 200)
        self.end_headers()

    def log_message(self, *args):
        pass

receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
receiver.daemon_threads = True
threading.Thread(target=receiver.serve_forever, daemon=True).start()

def use(titan):
    titan.reset()
    titan.configure(delivered_after=0.05, read_after=0.1, scan_after=0.05)
    url = f"http://127.0.0.1:{receiver.server_port}"
    with TitanClient(titan.base_url, titan.api_key) as client:
        client.webhooks.create({"url": url + "/once", "events": ["message.sent"]})
        once_more = {"attempts": 2, "delaySeconds": 1, "policy": "constant"}
        client.webhooks.create({"url": url + "/twice", "events": ["message.sent"], "retries": once_more})
        client.sessions.create({"name": "s", "start": True})
        client.pairing.wait("s", on_qr=lambda qr: None, timeout=20)
        message = client.messages.send_text("s", CHAT, "x")
        wait_until(lambda: titan.messages[0]["status"] == "read")
        titan.wait_for_deliveries(20)
        wait_until(lambda: [one["status"] for one in titan.deliveries] == ["delivered"] * 2)
        titan.fail("messages.send", 1, delay=0.2)
        client.messages.send_text("s", CHAT, "y")
        titan.wait_for_deliveries(20)
        client.webhooks.create({"url": url + "/slow", "events": ["message.sent"]})
        client.messages.send_text("s", CHAT, "z")
        try:
            titan.wait_for_deliveries(0.3)
        except TimeoutError:
            print("used", message.sent_at.year)

def wait_until(condition):
    for _ in range(1000):
        if condition():
            return
        answers.wait(0.02)
    raise AssertionError("it did not happen")
"""
_PLACES = {
    "around": "with frozen():\n    with Sandbox() as titan:\n        use(titan)",
    "inside": "with Sandbox() as titan:\n    with frozen():\n        use(titan)",
    "inside and stopped in it": (
        "titan = Sandbox()\ntitan.start()\nwith frozen():\n    use(titan)\n    titan.stop()"
    ),
    "before the end": (
        "titan = Sandbox()\nwith frozen():\n    titan.start()\n    use(titan)\nuse(titan)\ntitan.stop()"
    ),
    "before the start": "with frozen():\n    pass\nwith Sandbox() as titan:\n    use(titan)",
}


def needed(tool: str) -> None:
    name = "time_machine" if "time-machine" in tool else "freezegun"
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed")


@pytest.mark.parametrize(
    ("tool", "place"),
    [
        *(("freezegun", place) for place in _PLACES if place != "before the start"),
        *((tool, "inside") for tool in _TOOLS if tool != "freezegun"),
    ],
)
def test_the_sandbox_starts_delivers_and_stops(tool, place):
    needed(tool)
    code = "\n".join([_USE.replace("TOOL", _TOOLS[tool]), _PLACES[place], "print('stopped')"])
    printed = run_python(code).split("\n")
    assert [line.partition(" ")[0] for line in printed if line][-2:] == ["used", "stopped"]
    if place == "around":
        assert printed[0] == "used 2030"


_DATES = """
import faulthandler
faulthandler.dump_traceback_later(40, exit=True)
BEFORE
TOOL
import time
import urllib.request

def look(setting, year):
    from titan.sandbox import Sandbox
    with Sandbox(delivered_after=0.05, read_after=None, **setting) as titan:
        titan.connect("default")
        at = titan.receive("default", "Hi")["at"]
        sent = titan.send_from_phone("default", "5511999999999@s.whatsapp.net", "Hi")
        for _ in range(500):
            if titan.chat("default", sent["chatId"])["messages"][-1]["status"] == "delivered":
                break
            time.sleep(0.01)
        else:
            raise AssertionError("it was not delivered")
        titan.advance(3600)
    print(at[:4] == str(year) if year else at[:4] < "2030")
    return titan

with frozen():
    for setting in SETTINGS:
        look(setting, 2030)
for setting in SETTINGS:
    look(setting, None)
with frozen():
    titan = look(SETTINGS[-1], 2030)
    titan.start()
titan.connect("again")
print(titan.receive("again", "Hi")["at"][:4] < "2030")
titan.stop()
"""


@pytest.mark.parametrize(
    ("tool", "first_import"),
    [
        *((tool, "before") for tool in ("freezegun", "time-machine")),
        *((tool, "inside") for tool in _TOOLS if tool != "freezegun and asyncio"),
        *((tool, "inside two of them") for tool in ("freezegun", "time-machine")),
    ],
)
def test_dates_are_those_of_the_test_where_it_says_so(tool, first_import):
    needed(tool)
    settings = "SETTINGS = [{}, {'clock': 'own'}, {'clock': 'test'}]"
    before = "import titan.sandbox.server.sandbox" if first_import == "before" else ""
    code = _DATES.replace("TOOL", _TOOLS[tool]).replace("BEFORE", f"{before}\n{settings}")
    if first_import == "inside two of them":
        code = code.replace(
            "    for setting", "    with frozen():\n        look({}, 2030)\n    for setting", 1
        )
    assert set(run_python(code).split()) == {"True"}
