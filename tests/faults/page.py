"""docs/reliability.md: the table as a page for readers, and back again."""

from __future__ import annotations

import inspect
import re
from typing import Dict, List, Mapping, Tuple

from tests.faults import catalogue, cells
from tests.faults.model import Cell, Fault, Group, When
from tests.faults.operations import OPERATIONS
from tests.support.project import ROOT
from titan import APIConnectionError, TitanClient
from titan._http import response
from titan._http.connections.transport import LONGEST_IDLE
from titan._http.failures import retries

PATH = ROOT / "docs" / "reliability.md"

_HEAD = """\
<!-- Written by scripts/faults from what happened; run it instead of editing this page. -->

# Reliability

How a call ends when something goes wrong between it and Titan. Each cell below was simulated: a server on
raw sockets did what the row says, and the call ended as the cell says. The expected outcome was worked out
before, from the promises below and from the marks of the operation in `sdk.yaml`; where a call ends
otherwise, `scripts/faults` fails. The code is in `tests/faults/`.

## What is promised

- **Every failure of a request is a `TitanError`.** No exception of httpx, `ssl` or `json` comes through.
  Errors of your own files and arguments stay what they are.
- **No message is sent twice.** A call is repeated by itself only where the server surely did not carry it
  out (no connection, or 429), or where doing it twice does no harm: GET, PUT, DELETE, and operations that
  are marked `idempotent` in `sdk.yaml`. `messages.send` and `messages.send_file` are not among these.
- **`maybe_processed` is False only where that is sure.** A status from 400 to 499, other than 408, counts
  as a refusal. Where it is True, do not simply send again: look first, or ask somebody.
- **Time is bounded.** A call with `total_timeout` returns at most {late} s after it, whatever the other
  side does; without it, each wait ends at `timeout`. Pauses between attempts grow: 0.5, 1, 2 … up to
  {backoff} s, each shortened at random by up to half; a `Retry-After` of up to {retry_after} s is kept to.
- **Memory is bounded.** A result has at most `max_response_bytes`, by default {response} MiB, also after
  decompression; of the body of an error {error} MiB is read. Files of any size are sent and received in
  constant memory. The calls below ran with a limit of {limit} MiB, and none took more than {memory} MiB.
- **A file is whole or not there.** `media.download_to` replaces a plain file once everything has come, and
  leaves nothing else behind.
- **What is private stays private.** In every cell the log of all loggers at DEBUG, warnings, the error
  with its `repr`, `args` and traceback, its pickle, and the local variables of its frames were searched
  for the key, phone numbers and the text of the message.
- **An answer belongs to its request.** What stands behind an answer is never read as the answer to the
  next call. A connection that was idle for {idle} s is not used again, since many servers end theirs after
  5.

Three things no client can know: that a file has ended early, where nothing says how long it is (`in part`
below); whether a request was carried out whose answer was lost; and which request an unrequested answer
belongs to, if it arrives while the next request is running.

All of this is about connections of the SDK's own. With an `http_client`, httpx decides about connections;
`titan.DeadlineTransport` brings it all there too.

## How to read the tables

There are {faults} faults, {operations} operations and, for each, two calls: one meets the fault at every
attempt (the first line of a cell), the other at the first attempt only, with a good server from then on
(the second line, where it differs). Clients repeat at most twice. Operations with ↻ may be repeated after
an unclear outcome. Faults with the same outcomes share a row, and are explained below their table. The
number after × says how often the server received the whole request: it is 0 where nobody listens, though
the call tried three times.

| A cell says | and means |
|---|---|
| `ok ×1` | the result came, and the server received the whole request once |
| `ok ×2` | the same after one more attempt |
| `in part ×1` | bytes are missing, and nothing in the answer says so |
| `RateLimit ×3` | a `RateLimitError`, after three whole requests; `maybe_processed` is False |
| `APITimeout? ×1` | an `APITimeoutError`; the `?` says that `maybe_processed` is True |

`APIConnection` stands for `APIConnectionError`, and so on; `APIResponse` is a 2xx that is not what was asked.
"""
_ROW = re.compile(r"^\| (?P<names>\*\*.+?\*\*) \|(?P<cells>.*)\|$", re.MULTILINE)
_NAME = re.compile(r"\*\*(.+?)\*\*")


def write_page(shown: Mapping[Cell, str]) -> str:
    """The page, from what each cell of the whole table came to."""
    parts = [_HEAD.format(**_figures())]
    parts += [_write_group(group, shown) for group in catalogue.GROUPS]
    return "\n".join(parts)


def read_cells(page: str) -> Dict[Cell, str]:
    """What each cell of a page says."""
    found: Dict[Cell, str] = {}
    for row in _ROW.finditer(page):
        for fault in _NAME.findall(row["names"]):
            for operation, cell in zip(OPERATIONS, row["cells"].split("|")):
                lines = cell.strip().split("<br>")
                for when, line in zip(When, (lines[0], lines[-1])):
                    found[fault, operation, when.value] = line.strip()
    return found


def _figures() -> Dict[str, object]:
    options = inspect.signature(TitanClient).parameters
    mebibyte = 1024 * 1024
    return {
        "late": cells.LATE,
        "backoff": f"{retries.delay(1000, APIConnectionError(''), jitter=0.0):g}",
        "retry_after": f"{retries.LONGEST_RETRY_AFTER:g}",
        "response": options["max_response_bytes"].default // mebibyte,
        "error": response._LONGEST_ERROR // mebibyte,
        "limit": cells.MAX_RESPONSE_BYTES // mebibyte,
        "memory": cells.MEMORY // mebibyte,
        "idle": f"{LONGEST_IDLE:g}",
        "faults": len(catalogue.FAULTS),
        "operations": len(OPERATIONS),
    }


def _write_group(group: Group, shown: Mapping[Cell, str]) -> str:
    names = [f"`{name}`{' ↻' if operation.is_repeatable else ''}" for name, operation in OPERATIONS.items()]
    rows = [
        f"| {', '.join(f'**{fault}**' for fault in faults)} | {' | '.join(row)} |"
        for row, faults in _rows_of(group, shown).items()
    ]
    explained = [f"- **{fault.name}**: {fault.sentence}" for fault in group.faults if fault.sentence]
    return "\n".join(
        [
            *(f"## {group.title}", "", group.about, ""),
            *(f"| | {' | '.join(names)} |", f"|---|{'---|' * len(names)}", *rows, ""),
            *([*explained, ""] if explained else []),
        ]
    )


def _rows_of(group: Group, shown: Mapping[Cell, str]) -> Dict[Tuple[str, ...], List[str]]:
    """The rows of a group, with the names of the faults that share each."""
    rows: Dict[Tuple[str, ...], List[str]] = {}
    for fault in group.faults:
        row = tuple(_show(fault, operation, shown) for operation in OPERATIONS)
        rows.setdefault(row, []).append(fault.name)
    return rows


def _show(fault: Fault, operation: str, shown: Mapping[Cell, str]) -> str:
    every, first = (shown[fault.name, operation, when.value] for when in When)
    return every if every == first else f"{every}<br>{first}"
