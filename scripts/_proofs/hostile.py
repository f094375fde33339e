"""Hostile input and answers.

Addresses, credentials, headers, ids, paths, payloads and names of files that hypothesis makes; answers of
every operation and events with exchanged values, names written twice, deep nesting, huge numbers, half
surrogates and spoilt bytes, in tolerant and strict mode. Each is refused with a clear error, or taken as it
is.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys

from . import Figure, Options, Result

TIMES = 10
TESTS = (
    "tests/core/test_hostile_answers.py",
    "tests/core/test_hostile_input.py",
    "tests/core/test_parsing_of_anything.py",
    "tests/services/test_paths.py",
    "tests/services/test_payloads.py",
    "tests/services/test_request_paths.py",
    "tests/webhooks/test_message_events.py",
    "tests/webhooks/test_parse_any_webhook.py",
    "tests/webhooks/test_signature.py",
)


def run(options: Options) -> Result:
    """Run the tests of these kinds with many times their usual number of examples."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--hypothesis-show-statistics"),
            *("-n", str(options.workers), "--dist", "worksteal", *TESTS),
        ],
        cwd=options.root,
        env={**os.environ, "TITAN_TEST_TIMES": str(TIMES)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    return read_report(done.stdout, done.returncode)


def read_report(report: str, status: int) -> Result:
    """Read what pytest printed."""
    examples = sum(map(int, re.findall(r"- (\d+) passing, ", report)))
    passed = re.search(r"(\d+) passed", report)
    failures = re.findall(r"^FAILED (.+)$", report, re.MULTILINE)
    if status and not failures:
        failures = [f"pytest ended with status {status}:\n{report[-2000:]}"]
    if not examples:
        failures.append("no example was tried, so nothing was shown")
    return Result(
        [
            Figure("tests, most of which try what hypothesis makes", passed[1] if passed else "0"),
            Figure("examples that they tried", f"{examples:,}"),
            Figure(
                "examples that were neither refused with a clear error nor taken as they are",
                str(len(failures)),
            ),
        ],
        failures,
    )
