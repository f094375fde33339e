"""What is compared, and the target of each."""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple, Union

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


Sides = Dict[str, Union[Call, Program]]


class Row(NamedTuple):
    """One comparison."""

    key: str
    title: str
    sides: Sides
    baseline: str
    """The side that the others are given as multiples of."""
    limit: Optional[float] = None
    """What ours may cost at most: a multiple of the baseline, or MiB where `unit` is `growth`."""
    unranked: Tuple[str, ...] = ()
    """Sides that do only a part of it; of all others, ours has to cost least."""
    floor: Optional[str] = None
    """The side that does what nobody can leave out who stands on the same libraries."""
    floor_says: str = ""
    """What the floor does, and what sets those apart that cost less."""
    unit: str = "cpu"
    """What counts of what was measured: `cpu`, `growth` of the peak of memory, or the `peak` itself."""
    times: int = 1
    threads: int = 1
    is_fresh: bool = False
    """Whether each measurement has a worker of its own."""
    warm_up: Tuple[Union[int, str], ...] = ()
    """In a worker of its own: arguments of a small call before the one that is measured."""
    measured_with: str = ""
    """The row whose measurements count, where it is another."""
    rounds: int = 1000
    """How many there are at most, where they take long."""

    @property
    def rivals(self) -> List[str]:
        """The sides that ours is ranked with."""
        return [side for side in self.sides if side != OURS and side not in self.unranked]


def _calls(method: str, *arguments: Union[int, str]) -> Sides:
    return {
        OURS: Call("titan_sdk", method, arguments),
        HTTPX: Call("plain_httpx", method, arguments),
        PYTHON_CLIENT: Call("openapi_python_client", method, arguments),
        GENERATOR: Call("openapi_generator", method, arguments),
    }


def _over_http(key: str, title: str, method: str, verb: str, times: int, threads: int = 1) -> Row:
    return Row(
        key,
        title,
        {**_calls(method), ONLY_HTTPCORE: Call("plain_httpx", "only_httpcore", (verb,))},
        baseline=HTTPX,
        limit=0.65,
        unranked=(ONLY_HTTPCORE,),
        floor=ONLY_HTTPCORE,
        floor_says="HTTP in httpcore and h11, on which httpx is built too, and JSON",
        times=times,
        threads=threads,
    )


def _threads(threads: int) -> Row:
    title = f"`messages.send` from {threads} threads"
    return _over_http(f"threads-{threads}", title, "send", "POST", times=480, threads=threads)


def _contacts(count: int) -> Row:
    return Row(
        f"list-{count}",
        f"`contacts.list` of {count:,}",
        {
            **_calls("contacts", count),
            LOAD: Call("plain_httpx", "only_load", (count,)),
            ONLY_VALIDATE: Call("titan_sdk", "only_validate", (count,)),
        },
        baseline=LOAD,
        unranked=(HTTPX, LOAD, ONLY_VALIDATE),
        floor=ONLY_VALIDATE,
        floor_says=(
            "pydantic's own code, which checks each value; openapi-python-client checks none, and makes "
            "objects that the garbage collector passes over sooner"
        ),
        times=max(1, min(300, 30_000 // count)),
        rounds=5 if count > 10_000 else 1000,
    )


def _files(megabytes: int, method: str) -> Row:
    way = "up" if method == "upload" else "down"
    return Row(
        f"{way}-{megabytes}",
        f"{megabytes} MB {way}: CPU",
        _calls(method, megabytes * 1000),
        baseline=HTTPX,
        is_fresh=True,
        warm_up=(1,),
        rounds=5,
    )


def _memory(of: Row) -> Row:
    row = of._replace(
        key=f"{of.key}-memory",
        title=of.title.replace("CPU", "memory"),
        limit=4.0,
        unit="growth",
        measured_with=of.key,
    )
    # A download that is streamed by hand takes as little as one can.
    return row if "up" in row.key else row._replace(unranked=(HTTPX,), floor=HTTPX)


THREADS = {threads: _threads(threads) for threads in (1, 2, 4, 8, 16)}
LENGTHS = {count: _contacts(count) for count in (10, 100, 1_000, 10_000, 100_000)}
UPLOADS = {megabytes: _files(megabytes, "upload") for megabytes in (1, 10, 50)}
DOWNLOADS = {megabytes: _files(megabytes, "download") for megabytes in (1, 10, 50)}
FILE_SIZES = (1, 1_000, 10_000, 50_000)
"""Of the files that are sent, in kilobytes."""

_PROCESSES = [
    Row(
        "cold",
        "cold interpreter to the first typed response",
        dict(first_response()),
        baseline=BY_HAND,
        limit=1.30,
        unranked=(BY_HAND,),
        floor=BY_HAND,
        floor_says="loading httpx and pydantic, and one model",
    ),
    Row(
        "import",
        "`from titan import TitanClient`",
        dict(imports()),
        baseline=STANDS_ON,
        limit=1.0,
        unranked=(STANDS_ON,),
        floor=STANDS_ON,
        floor_says="loading what the SDK is built on; with this import the SDK loads only httpx",
    ),
    Row(
        "types",
        "the client with its types, beside other SDKs",
        dict(imports_with_types()),
        baseline=STANDS_ON,
        unranked=(STANDS_ON,),
        floor=STANDS_ON,
        floor_says="loading what the SDK is built on; stripe and twilio use neither",
    ),
    Row(
        "client",
        "a second client",
        _calls("client"),
        baseline=HTTPX,
        limit=0.10,
        floor_says="ours checks address and credential, and prepares what every request carries",
        times=20,
    ),
    Row(
        "memory",
        "memory of a process after one call",
        {**_calls("send"), BY_HAND: Call("plain_httpx", "typed_send")},
        baseline=BY_HAND,
        limit=1.30,
        unranked=(HTTPX, BY_HAND),
        floor=BY_HAND,
        floor_says="Python, httpx, pydantic and one model; openapi-python-client loads no pydantic",
        unit="peak",
        is_fresh=True,
        rounds=5,
    ),
]
_WEBHOOKS = [
    Row(
        "verify-import",
        "`from titan import verify_webhook`",
        dict(imports_of_verification()),
        baseline=BY_HAND,
        limit=1.3,
        unranked=(BY_HAND,),
    ),
    Row(
        "verify",
        "`verify_webhook`, a call",
        {BY_HAND: Call("plain_httpx", "verify_webhook"), OURS: Call("titan_sdk", "verify_webhook")},
        baseline=BY_HAND,
        limit=2.5,
        unranked=(BY_HAND,),
        floor_says="it takes forms of header and secret that the code by hand does not",
        times=20_000,
    ),
    Row(
        "parse",
        "`parse_webhook` of a message",
        {
            OURS: Call("titan_sdk", "parse_webhook"),
            PYTHON_CLIENT: Call("openapi_python_client", "parse_webhook"),
            GENERATOR: Call("openapi_generator", "parse_webhook"),
            BY_HAND: Call("plain_httpx", "parse_webhook"),
            LOAD: Call("plain_httpx", "only_load_event"),
        },
        baseline=LOAD,
        unranked=(BY_HAND, LOAD),
        times=5_000,
    ),
]
_FILES = [UPLOADS[50], _memory(UPLOADS[50]), DOWNLOADS[50], _memory(DOWNLOADS[50])]
MAIN_ROWS = [
    _over_http("send", "`messages.send`", "send", "POST", times=300),
    _over_http("get", "`sessions.get`", "get", "GET", times=300),
    THREADS[16],
    LENGTHS[10_000],
    *_PROCESSES,
    *_WEBHOOKS,
    *_FILES,
]
"""The rows with a target."""

GROWTH_ROWS = [*THREADS.values(), *LENGTHS.values(), *UPLOADS.values(), *DOWNLOADS.values()]
ALL_ROWS = list({row.key: row for row in (*MAIN_ROWS, *GROWTH_ROWS)}.values())


def without_peers(rows: Sequence[Row]) -> List[Row]:
    """The same rows with the sides alone for which nothing has to be generated or installed."""
    kept = {OURS, HTTPX, BY_HAND, STANDS_ON, LOAD, ONLY_HTTPCORE, ONLY_VALIDATE}
    return [
        row._replace(sides={name: side for name, side in row.sides.items() if name in kept}) for row in rows
    ]
