"""One cell of the table: a call that meets a fault, and whether it came to what the rules say."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
import tracemalloc
from pathlib import Path
from typing import Callable, Iterator, List, NamedTuple, Optional, Tuple
from unittest import mock

import httpx

from tests.faults.certificates import Certificates
from tests.faults.model import ANSWERED, Fault, Kind, When
from tests.faults.operations import ANSWER, FILE, FORMER, OPERATIONS, PART, STRAY, Operation
from tests.faults.privacy import KEY, find_leaks, find_leaks_of, observing
from tests.faults.rules import MAX_RETRIES, Expected, expect
from tests.faults.server import CALL, FaultServer, answer_well
from titan import TitanClient, TitanError
from titan._http import transport

LATE = 0.3
"""Seconds that a call may go beyond `total_timeout`."""
PROMPT = 5.0
"""Seconds of real time for a call in which nothing is waited for."""
MAX_RESPONSE_BYTES = 1024 * 1024
MEMORY = MAX_RESPONSE_BYTES + 3 * 1024 * 1024
"""Bytes that a call may take at its peak."""


class Played(NamedTuple):
    """What a call came to."""

    error: Optional[BaseException]
    value: str
    """What was read of the answer; empty where there was an error."""
    whole: int
    """How often the server read the whole request."""
    heads: int
    """How often it read the head of it."""
    seconds: float
    memory: int
    pauses: List[float]
    left_behind: List[str]
    """Names of files in the folder of the download, beside the target."""
    leaks: List[str]
    credentials_elsewhere: int


class Problem(NamedTuple):
    """One thing that is wrong."""

    text: str
    is_of_time: bool = False
    """Whether it may come from a machine that was too slow."""


class Outcome(NamedTuple):
    """A cell, and what is wrong with it."""

    shown: str
    problems: List[str]
    is_of_time: bool
    """Whether all that is wrong may come from a machine that was too slow."""
    late: float
    """Seconds beyond `total_timeout`."""
    memory: int
    """Bytes at the peak."""
    leaks: int
    is_doubled: bool
    """Whether a message was received twice that was not refused."""
    is_mixed_up: bool
    """Whether the answer to another request was taken for its own."""


class Pauses:
    """Stands in for `time` where a call waits between attempts: nobody has to wait."""

    def __init__(self, between: Callable[[], None]) -> None:
        self.seconds: List[float] = []
        self._between = between

    def sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self._between()


Given = Callable[[], Optional[httpx.Client]]
"""Builds the `http_client` that the SDK is given; None for connections of its own."""


def give_none() -> None:
    """Leave the SDK to its own connections."""


def run_cell(
    fault: Fault, operation: Operation, when: When, certificates: Certificates, give: Given = give_none
) -> Outcome:
    """Play a cell and judge it; where time decides, and the machine does other things, up to three times."""
    outcome = judge(fault, operation, when, play(fault, operation, when, certificates, give))
    for _ in range(2):
        if not outcome.is_of_time:
            break
        outcome = judge(fault, operation, when, play(fault, operation, when, certificates, give))
    return outcome


def play(
    fault: Fault, operation: Operation, when: When, certificates: Certificates, give: Given = give_none
) -> Played:
    """Call an operation of a server that plays a fault."""
    with _meeting(fault, operation, when, certificates, give) as (client, folder, server):
        if fault.warm is not None:
            operation.call(client.with_options(headers={CALL: FORMER}), folder)
            server.settled.wait(10)
            server.forget()
            with contextlib.suppress(FileNotFoundError):
                (folder / "target").unlink()

        def between_attempts() -> None:
            if when is When.FIRST:
                server.mend(certificates.contexts["good"] if fault.certificate else None)

        pauses = Pauses(between_attempts)
        with mock.patch.object(transport, "time", pauses):
            return _call(operation, client, folder, server, pauses)


def load_all(certificates: Certificates, give: Given = give_none) -> None:
    """Have everything loaded that is loaded once, so that it counts for no cell."""
    for operation in OPERATIONS.values():
        with _meeting(_GOOD, operation, When.EVERY, certificates, give) as (client, folder, _):
            operation.call(client, folder)


_GOOD = Fault("none", "All is well.", answer_well, ANSWERED, certificate="good")


@contextlib.contextmanager
def _meeting(
    fault: Fault, operation: Operation, when: When, certificates: Certificates, give: Given
) -> Iterator[Tuple[TitanClient, Path, FaultServer]]:
    """A client, a folder for its files, and the server that it meets."""
    plays = [fault.play] if when is When.EVERY else [*[fault.play] * fault.requests, answer_well]
    if fault.warm is not None:
        plays.insert(0, fault.warm)
    context = certificates.contexts[fault.certificate] if fault.certificate else None
    with contextlib.ExitStack() as stack:
        server = FaultServer(plays, operation.answer_with_id, context, listens=not fault.is_refused)
        stack.callback(server.close)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "source").write_bytes(FILE)
        stack.enter_context(mock.patch.dict(os.environ, {"SSL_CERT_FILE": certificates.trusted}))
        http_client = give()
        if http_client is not None:
            stack.enter_context(http_client)
        client = TitanClient(
            f"{'https' if fault.certificate else 'http'}://{server.address}",
            KEY,
            total_timeout=fault.total_timeout,
            timeout=fault.timeout,
            headers={CALL: ANSWER},
            http_client=http_client,
            max_retries=MAX_RETRIES,
            max_response_bytes=MAX_RESPONSE_BYTES,
        )
        yield stack.enter_context(client), folder, server


def _call(
    operation: Operation, client: TitanClient, folder: Path, server: FaultServer, pauses: Pauses
) -> Played:
    error: Optional[BaseException] = None
    result = None
    with observing() as observed:
        tracemalloc.start()
        started = time.monotonic()
        try:
            result = operation.call(client, folder)
        except BaseException as raised:
            error = raised
        seconds = time.monotonic() - started
        memory = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    leaks = find_leaks(observed.text, "the log")
    if error is not None:
        leaks += find_leaks_of(error)
        if isinstance(error, KeyboardInterrupt):
            raise error
    value = "" if error is not None else operation.read_result(result, folder)
    kept = {"source"} | ({"target"} if error is None else set())
    return Played(
        error,
        value,
        *(server.whole, server.heads, seconds, memory, pauses.seconds),
        sorted(path.name for path in folder.iterdir() if path.name not in kept),
        leaks,
        server.credentials_elsewhere,
    )


def judge(fault: Fault, operation: Operation, when: When, played: Played) -> Outcome:
    """Hold a call against the rules."""
    expected = expect(fault, operation, when)
    late = max(0.0, played.seconds - min(fault.total_timeout, PROMPT))
    is_refused = fault.meaning_for(operation).status == 429
    is_doubled = played.whole > 1 and not operation.is_repeatable and not is_refused
    is_mixed_up = played.value in (FORMER, STRAY)
    has_limit = fault.timeout is not None or fault.total_timeout < PROMPT
    problems = [
        *_problems_of_outcome(expected, played, has_limit=has_limit),
        *map(Problem, _promises_broken(fault, operation, when, played)),
        *map(Problem, played.leaks),
    ]
    if late > LATE:
        problems.append(Problem(f"it took {played.seconds:.2f} s", is_of_time=True))
    if played.memory > MEMORY:
        problems.append(Problem(f"it took {played.memory:,} bytes"))
    if is_doubled:
        problems.append(Problem(f"a message was received {played.whole} times"))
    if is_mixed_up:
        problems.append(Problem("it returned what belongs to another request"))
    return Outcome(
        show(played),
        [problem.text for problem in problems],
        bool(problems) and all(problem.is_of_time for problem in problems),
        *(late, played.memory, len(played.leaks), is_doubled, is_mixed_up),
    )


def show(played: Played) -> str:
    """A cell as the page has it."""
    times = f"×{played.whole}"
    if played.error is None:
        return f"{'in part' if played.value.startswith(PART) else 'ok'} {times}"
    name = type(played.error).__name__.replace("Error", "")
    return f"{name}{'?' if getattr(played.error, 'maybe_processed', None) else ''} {times}"


def _problems_of_outcome(expected: Expected, played: Played, *, has_limit: bool) -> Iterator[Problem]:
    """Where a call did not come to what the rules say of just this fault.

    Where there is a time limit, a slow machine lets attempts end by it that should not: one more follows, or
    the call ends so.
    """
    name = "" if played.error is None else type(played.error).__name__
    has_timed_out = has_limit and name != expected.exception and name == "APITimeoutError"
    was_repeated = has_limit and len(played.pauses) > len(expected.pauses)
    if name != expected.exception:
        said = f": {played.error}" if played.error is not None else ""
        ended = f"it ended with {name or 'a result'} and not {expected.exception or 'a result'}{said}"
        yield Problem(ended, is_of_time=has_timed_out)
    elif played.error is not None:
        says = getattr(played.error, "maybe_processed", None)
        if says is not expected.maybe_processed:
            yield Problem(f"maybe_processed is {says}")
    if played.whole != expected.whole:
        read = f"the server read the request {played.whole} times and not {expected.whole}"
        yield Problem(read, is_of_time=has_timed_out or was_repeated)
    if len(played.pauses) != len(expected.pauses) or not all(
        least <= pause <= most for (least, most), pause in zip(expected.pauses, played.pauses)
    ):
        waited = f"the pauses were {played.pauses} and not {expected.pauses}"
        yield Problem(waited, is_of_time=was_repeated)
    if played.error is None and not name:
        wanted = expected.file or ANSWER
        if played.value != wanted:
            yield Problem(f"the result was {played.value!r} and not {wanted!r}")


def _promises_broken(fault: Fault, operation: Operation, when: When, played: Played) -> Iterator[str]:
    """Where a call broke a promise that holds whatever the fault is."""
    if played.error is not None and not isinstance(played.error, TitanError):
        yield f"{type(played.error).__name__} is no TitanError"
    meaning = fault.meaning_for(operation)
    if (
        played.whole
        and isinstance(played.error, TitanError)
        and meaning.kind is not Kind.STATUS
        and not played.error.maybe_processed
    ):
        yield "the server had the whole request, and maybe_processed is False"
    if played.heads and meaning.kind is Kind.NOT_SENT and when is When.EVERY:
        yield "something of the request left"
    if played.left_behind:
        yield f"{', '.join(played.left_behind)} was left behind"
    if played.credentials_elsewhere:
        yield "another origin got the credential"
