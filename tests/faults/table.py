"""Many cells at once, each in a process that does nothing else meanwhile."""

from __future__ import annotations

import multiprocessing
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Dict, Iterator, List, Sequence

from tests.faults.catalogue import FAULTS
from tests.faults.cells import Given, Outcome, give_none, load_all, run_cell
from tests.faults.certificates import Certificates, load_certificates, make_certificates
from tests.faults.model import Cell, When
from tests.faults.operations import OPERATIONS

WHOLE_TABLE: List[Cell] = [
    (fault, operation, when.value) for fault in FAULTS for operation in OPERATIONS for when in When
]

_CORE = (
    *("refused", "silent", "closed after the request", "reset inside the body", "too short", "HTML"),
    *("an answer behind the answer", "302 to another origin", "408", "503 without Retry-After"),
)
TO_A_SEND: List[Cell] = [
    (fault, operation, when)
    for fault, operation, when in WHOLE_TABLE
    if operation == "messages.send" and when == When.EVERY.value
]
PART: List[Cell] = [cell for cell in WHOLE_TABLE if cell in TO_A_SEND or cell[0] in _CORE]
"""What is played with every run of the tests: each fault to a send, and the usual ones to all."""

_loaded: List[Certificates] = []
"""Those of this process."""


def run_cells(chosen: Sequence[Cell], workers: int) -> Dict[Cell, Outcome]:
    """Play cells, and judge them.

    Args:
        chosen: Which.
        workers: How many processes do it.
    """
    with tempfile.TemporaryDirectory() as folder:
        make_certificates(Path(folder))
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, context, initializer=_load, initargs=(folder,)) as pool:
            return dict(zip(chosen, pool.map(_run, chosen, chunksize=4)))


def run_here(
    chosen: Sequence[Cell], certificates: Certificates, give: Given = give_none
) -> Dict[Cell, Outcome]:
    """Play cells in this process.

    Args:
        chosen: Which.
        certificates: For servers over TLS.
        give: Builds the `http_client` of each cell.
    """
    load_all(certificates, give)
    return {
        (fault, operation, when): run_cell(
            *(FAULTS[fault], OPERATIONS[operation], When(when), certificates), give
        )
        for fault, operation, when in chosen
    }


def _load(folder: str) -> None:
    _loaded[:] = [load_certificates(Path(folder))]
    load_all(_loaded[0])


def _run(cell: Cell) -> Outcome:
    fault, operation, when = cell
    return run_cell(FAULTS[fault], OPERATIONS[operation], When(when), _loaded[0])


def problems_of(outcomes: Dict[Cell, Outcome]) -> Iterator[str]:
    """What is wrong, a line for each cell."""
    for (fault, operation, when), outcome in outcomes.items():
        if outcome.problems:
            yield f"{fault}, {operation}, at {when} attempt: {'; '.join(outcome.problems)}"
