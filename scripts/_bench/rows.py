"""What is compared, and where it must land."""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Optional, Tuple, Union

from .programs import (
    Program,
    first_response,
    imports,
    imports_of_verification,
    imports_with_types,
)

OURS = "titan-sdk"
HTTPX = "httpx"
PYTHON_CLIENT = "openapi-python-client"
GENERATOR = "openapi-generator"
BY_HAND = "by hand"
STANDS_ON = "httpx, pydantic"
LOAD = "json.loads"
ONLY_HTTPCORE = "httpcore alone"
ONLY_VALIDATE = "validate_json alone"


class Call(NamedTuple):
    """A call in a worker."""

    module: str
    """Of `sides`."""
    method: str
    arguments: Tuple[Union[int, str], ...] = ()


class Row(NamedTuple):
    """One comparison."""

    key: str
    title: str
    sides: Dict[str, Union[Call, Program]]
    baseline: str
    """The side that the others are given as multiples of."""
    limit: Optional[float] = None
    """What ours may cost at most: a multiple of the baseline, or MiB where `unit` is `growth`."""
    unranked: Tuple[str, ...] = ()
    """Sides that do less, or nothing but a part of it; all others may not cost less than ours."""
    floor: Optional[str] = None
    """The side below which nobody can fall who does it this way."""
    floor_says: str = ""
    unit: str = "cpu"
    """What counts of what was measured: `cpu`, `growth` of the peak of memory, or the `peak` itself."""
    times: int = 1
    threads: int = 1
    warm_up: Tuple[Union[int, str], ...] = ()
    """Where each measurement has a worker of its own: arguments of the small call before it."""
    is_fresh: bool = False
    """Whether each measurement has a worker of its own."""
    measured_with: str = ""
    """The row whose measurements count, where it is another."""
    rounds: int = 1000
    """How many there are at most, where they take long."""

    @property
    def rivals(self) -> List[str]:
        """The sides that ours is ranked with."""
        return [side for side in self.sides if side != OURS and side not in self.unranked]


def _calls(method: str, *arguments: Union[int, str]) -> Dict[str, Union[Call, Program]]:
    return {
        OURS: Call("titan_sdk", method, arguments),
        HTTPX: Call("plain_httpx", method, arguments),
        PYTHON_CLIENT: Call("openapi_python_client", method, arguments),
        GENERATOR: Call("openapi_generator", method, arguments),
    }


def _call_over_http(key: str, title: str, method: str, verb: str) -> Row:
    return Row(
        key,
        title,
        {**_calls(method), ONLY_HTTPCORE: Call("plain_httpx", "only_httpcore", (verb,))},
        HTTPX,
        limit=0.65,
        unranked=(ONLY_HTTPCORE,),
        floor=ONLY_HTTPCORE,
        floor_says="HTTP in httpcore and h11, on which httpx stands too, and JSON",
        times=300,
    )


def _threads(threads: int, key: str) -> Row:
    title = f"`messages.send` from {threads} threads that share a client"
    return Row(key, title, _calls("send"), HTTPX, limit=0.65, times=480, threads=threads)


def _contacts(count: int, key: str) -> Row:
    return Row(
        key,
        f"`contacts.list` of {count:,}",
        {
            **_calls("contacts", count),
            LOAD: Call("plain_httpx", "only_load", (count,)),
            ONLY_VALIDATE: Call("titan_sdk", "only_validate", (count,)),
        },
        LOAD,
        unranked=(HTTPX, LOAD, ONLY_VALIDATE),
        floor=ONLY_VALIDATE,
        floor_says="pydantic's own code, which makes the objects",
        times=max(1, min(300, 30_000 // count)),
        rounds=5 if count > 10_000 else 1000,
    )


def _files(kilobytes: int, method: str, key: str, title: str) -> Row:
    title = f"{kilobytes // 1000} MB {title}"
    sides = _calls(method, kilobytes)
    return Row(key, title, sides, HTTPX, warm_up=(1,), is_fresh=True, rounds=5)


_UP = _files(50_000, "upload", "up", "up: CPU")
_DOWN = _files(50_000, "download", "down", "down: CPU")

MAIN_ROWS = [
    _call_over_http("send", "`messages.send`", "send", "POST"),
    _call_over_http("get", "`sessions.get`", "get", "GET"),
    _threads(16, "threads"),
    _contacts(10_000, "list"),
    Row(
        *("cold", "cold interpreter to the first typed response", dict(first_response())),
        *(BY_HAND, 1.30, (BY_HAND,), BY_HAND, "loading httpx and pydantic, and one model"),
    ),
    Row(
        *("import", "`from titan import TitanClient`", dict(imports())),
        *(STANDS_ON, 1.0, (STANDS_ON,), STANDS_ON, "what the SDK stands on"),
    ),
    Row(
        *("types", "the client with its types, beside other SDKs", dict(imports_with_types())),
        *(STANDS_ON, None, (STANDS_ON,), STANDS_ON, "what the SDK stands on; stripe stands on neither"),
    ),
    Row("client", "a second client", _calls("client"), HTTPX, limit=0.10, times=5),
    Row(
        *("verify-import", "`from titan import verify_webhook`", dict(imports_of_verification())),
        *(BY_HAND, 1.3, (BY_HAND,)),
    ),
    Row(
        "verify",
        "`verify_webhook`, a call",
        {BY_HAND: Call("plain_httpx", "verify_webhook"), OURS: Call("titan_sdk", "verify_webhook")},
        *(BY_HAND, 1.5, (BY_HAND,)),
        times=20_000,
    ),
    Row(
        "parse",
        "`parse_webhook` of a message",
        {
            **_calls("parse_webhook"),
            LOAD: Call("plain_httpx", "only_load_event"),
        },
        *(LOAD, None, (HTTPX, LOAD)),
        times=5_000,
    ),
    _UP,
    _UP._replace(key="up-memory", title="50 MB up: memory", unit="growth", limit=4.0, measured_with="up"),
    _DOWN,
    _DOWN._replace(
        key="down-memory", title="50 MB down: memory", unit="growth", limit=4.0, measured_with="down"
    ),
    Row(
        "memory",
        "memory of a process after one call",
        {**_calls("send"), BY_HAND: Call("plain_httpx", "typed_send")},
        *(BY_HAND, 1.30, (HTTPX, BY_HAND), BY_HAND, "Python, httpx and pydantic"),
        unit="peak",
        is_fresh=True,
        rounds=5,
    ),
]

THREADS = {
    **{threads: _threads(threads, f"threads-{threads}") for threads in (1, 2, 4, 8)},
    16: _threads(16, "threads"),
}
LENGTHS = {
    count: _contacts(count, "list" if count == 10_000 else f"list-{count}")
    for count in (10, 100, 1_000, 10_000, 100_000)
}
SIZES = {
    (method, megabytes): _files(
        megabytes * 1000, method, key if megabytes == 50 else f"{key}-{megabytes}", ""
    )
    for method, key in (("upload", "up"), ("download", "down"))
    for megabytes in (1, 10, 50)
}
FILE_SIZES = (1, 1_000, 10_000, 50_000)

ALL_ROWS = list(
    {row.key: row for row in (*THREADS.values(), *LENGTHS.values(), *SIZES.values(), *MAIN_ROWS)}.values()
)
"""Every row once; those that show growth share some of the others."""
