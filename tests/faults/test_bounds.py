"""The bounds that the documents name are those of the code, so that neither changes without the other."""

from __future__ import annotations

import inspect
import re

import pytest

from tests.faults import cells, rules
from tests.support.project import ROOT
from titan import DeadlineTransport, TitanClient
from titan._http import response, settings
from titan._http.connections.transport import LONGEST_IDLE
from titan._http.failures import retries
from titan.errors import APIConnectionError, APIStatusError

# They are the same on every Python.
pytestmark = pytest.mark.slow

_MEBIBYTE = 1024 * 1024
_OPTIONS = inspect.signature(TitanClient).parameters


def longest_pause() -> float:
    """The longest pause between attempts where the server asks for none."""
    return retries.delay(10**6, APIConnectionError("x"), jitter=0.0)


def first_pauses():
    return [retries.delay(number, APIConnectionError("x"), jitter=0.0) for number in (0, 1)]


FIGURES = {
    "docs/explanation/retries.md": {
        r"At most (\w+)\*\* \(`max_retries=2`\)": {2: "twice"}[_OPTIONS["max_retries"].default],
        r"After ([\d.]+ and [\d.]+) seconds\*\*": "{:g} and {:g}".format(*first_pauses()),
        r"2, 4 and at most (\d+) where": f"{longest_pause():g}",
        r"honoured\*\* up to (\d+) seconds": f"{retries.LONGEST_RETRY_AFTER:g}",
        r"a connection again after (\d+) idle\s+seconds": f"{LONGEST_IDLE:g}",
        r"connecting (\d+) s, everything": f"{settings._CONNECT_SECONDS:g}",
        r"everything else (\d+) s": f"{settings._READ_SECONDS:g}",
        r"media by URL \| (\d+) s": f"{settings._LONG_READ_SECONDS:g}",
    },
    "docs/guides/media.md": {
        r"by address wait (\d+) seconds": f"{settings._LONG_READ_SECONDS:g}",
        r"other calls wait (\d+)\.": f"{settings._READ_SECONDS:g}",
        r"(\d+) MiB\s+\(`max_response_bytes`\)": f"{_OPTIONS['max_response_bytes'].default / _MEBIBYTE:g}",
    },
    "docs/reliability.md": {
        r"returns at most ([\d.]+) s after it": f"{cells.LATE:g}",
        r"attempts grow: ([\d.]+, [\d.]+), 2 …": "{:g}, {:g}".format(*first_pauses()),
        r"2 … up to\s+(\d+) s": f"{longest_pause():g}",
        r"`Retry-After` of up to (\d+) s": f"{retries.LONGEST_RETRY_AFTER:g}",
        r"by default (\d+) MiB": f"{_OPTIONS['max_response_bytes'].default / _MEBIBYTE:g}",
        r"body of an error (\d+) MiB": f"{response._LONGEST_ERROR / _MEBIBYTE:g}",
        r"was idle for (\d+) s is not used": f"{LONGEST_IDLE:g}",
        r"ran with a limit of (\d+) MiB": f"{cells.MAX_RESPONSE_BYTES / _MEBIBYTE:g}",
        r"none took more than\s+(\d+) MiB": f"{cells.MEMORY / _MEBIBYTE:g}",
        r"Clients repeat at most (\w+)\.": {2: "twice"}[rules.MAX_RETRIES],
    },
}


@pytest.mark.parametrize(("document", "sentence"), [(name, one) for name in FIGURES for one in FIGURES[name]])
def test_a_figure_in_a_document_is_that_of_the_code(document, sentence):
    text = (ROOT / document).read_text(encoding="utf-8")
    assert re.findall(sentence, text) == [FIGURES[document][sentence]]


def test_the_table_is_played_with_the_number_of_attempts_that_clients_make():
    assert _OPTIONS["max_retries"].default == rules.MAX_RETRIES


def test_a_pause_that_the_server_asks_for_is_kept_to_up_to_the_limit_and_not_beyond():
    def pause(seconds: float):
        error = APIStatusError("x", status_code=503, headers={"Retry-After": f"{seconds}"})
        return retries.delay(0, error, jitter=0.0)

    assert pause(retries.LONGEST_RETRY_AFTER) == retries.LONGEST_RETRY_AFTER
    assert pause(retries.LONGEST_RETRY_AFTER + 1) is None


def test_our_transport_says_for_how_long_connections_may_be_idle():
    said = re.search(r"Default: 100, and\s+(\d+) seconds", DeadlineTransport.__doc__)
    assert said[1] == f"{LONGEST_IDLE:g}"
