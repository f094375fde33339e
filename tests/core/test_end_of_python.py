"""A call while Python ends is answered, or fails with an error of ours."""

from __future__ import annotations

import pytest

from tests.support.interpreter import run_python

LATE = """
import sys
from titan import TitanClient, TitanError
client = TitanClient(sys.argv[1], "titan_key")

class Late:
    def __del__(self):
        try:
            print(CALL)
        except TitanError as error:
            print("TitanError", error)
        except BaseException as error:
            print("something else", type(error), error)

late = Late()
late.itself = late
"""

CALLS = {
    "a service": "client.sessions.get('late').name",
    "a helper": "client.messages.send_text('late', '1@g.us', 'late').session",
    "request": "client.request('GET', '/late')['name']",
    "submit": "client.submit(client.messages.send, 'late', {'text': 'x'}).result.session",
}
BEFORE = {
    "nothing": "",
    "a service": "client.sessions",
    "a call": "client.sessions.get('before')",
    "another client": "TitanClient(sys.argv[1], 'titan_key').sessions.list()",
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("before", BEFORE)
def test_a_call_from_del_at_the_end_of_python_is_answered_or_fails_with_our_error(echoing, call, before):
    printed = run_python(LATE.replace("CALL", CALLS[call]) + BEFORE[before], echoing.url, options=())
    assert printed == "late\n" or printed.startswith("TitanError Python is ending")


@pytest.mark.parametrize("before", ["", "client.sessions.get('before')"])
def test_daemon_threads_that_are_calling_at_the_end_of_python_complain_of_nothing(echoing, before):
    printed = run_python(
        """
import sys, threading, time
from titan import TitanClient, TitanError
client = TitanClient(sys.argv[1], "titan_key")
BEFORE

def work():
    while True:
        try:
            client.sessions.get("daemon")
        except TitanError:
            pass
        except BaseException as error:
            print("something else", type(error), error)
            return

for _ in range(4):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.5)
""".replace("BEFORE", before),
        echoing.url,
        options=(),
    )
    assert printed == ""
