"""Faults: how a call ends when a server or the network does something wrong."""

from __future__ import annotations

import sys

from . import Figure, Options, Result


def run(options: Options) -> Result:
    """Simulate the whole table, and compare it with docs/reliability.md."""
    sys.path.insert(0, str(options.root))
    from tests.faults.catalogue import FAULTS
    from tests.faults.cells import MEMORY
    from tests.faults.operations import OPERATIONS
    from tests.faults.page import PATH, write_page
    from tests.faults.table import WHOLE_TABLE, problems_of, run_cells

    outcomes = run_cells(WHOLE_TABLE, 2 * options.workers)
    failures = list(problems_of(outcomes))
    page = write_page({cell: outcome.shown for cell, outcome in outcomes.items()})
    if not PATH.exists() or PATH.read_text(encoding="utf-8") != page:
        failures.append("docs/reliability.md differs: run scripts/faults and commit what it writes")
    played = outcomes.values()
    mebibyte = 1024 * 1024
    figures = {
        "Cells of [the table](reliability.md), all of them simulated": f"{len(outcomes):,}",
        "Faults in it": len(FAULTS),
        "Operations in it": len(OPERATIONS),
        "Cells that ended otherwise than the rules say": sum(bool(one.problems) for one in played),
        "Messages that the server accepted twice": sum(one.is_doubled for one in played),
        "Answers that were taken for those of another request": sum(one.is_mixed_up for one in played),
        "Private values seen in logs, warnings, errors, pickles and frames": sum(one.leaks for one in played),
        "Most that a call went beyond `total_timeout`": f"{1000 * max(one.late for one in played):.0f} ms",
        f"Most memory of a call; allowed are {MEMORY // mebibyte} MiB": (
            f"{max(one.memory for one in played) / mebibyte:.1f} MiB"
        ),
    }
    return Result([Figure(sentence, str(figure)) for sentence, figure in figures.items()], failures)
