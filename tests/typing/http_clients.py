"""Clients and timeouts of httpx and httpx2, given to ours.

The type checkers must report each line marked `# error`.
Never run: httpx2 needs Python 3.11. tests/project/test_typing.py has it checked.
"""

import httpx
import httpx2

from titan import DeadlineTransport, TitanClient

CLIENTS = [
    TitanClient(http_client=httpx.Client()),
    TitanClient(http_client=httpx.Client(transport=DeadlineTransport())),
    TitanClient(http_client=httpx2.Client(), timeout=httpx2.Timeout(5, connect=1)),
    TitanClient(http_client=None, timeout=httpx.Timeout(5, read=None)),
    TitanClient(timeout=5).with_options(timeout=httpx2.Timeout(None)),
    TitanClient().with_options(timeout=httpx.Timeout(3)),
]


class Traced(httpx2.Client):
    """A subclass of the user's own."""


TitanClient(http_client=Traced())

TitanClient(http_client=httpx.AsyncClient())  # error
TitanClient(http_client=httpx2.AsyncClient())  # error
TitanClient(http_client=httpx.Client)  # error
TitanClient(http_client=httpx)  # error
TitanClient(http_client=httpx.HTTPTransport())  # error
TitanClient(timeout=httpx.Limits())  # error
TitanClient(timeout=httpx2.Client())  # error
