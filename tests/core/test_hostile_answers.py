"""Whatever bytes an operation is answered with, its caller gets a result or a TitanError, no other error."""

from __future__ import annotations

import json
import pickle
import sys

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fake_server import API_KEY, BASE_URL, FakeServer
from tests.support.hostile_texts import attempt, runs
from tests.support.openapi import OPERATIONS
from titan import TitanClient, TitanError
from titan._models import TitanModel

# What a JSON reader can stumble over, in the place of any value.
VALUES = [
    *(
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999",
        "-1e999",
        "1e-999",
        "-0",
        "-0.0",
        "1" * 5_000,
        "0.1" + "0" * 5_000,
    ),
    *(
        str(2**63),
        str(-(2**63) - 1),
        str(2**64),
        "1E400",
        "01",
        "+1",
        ".5",
        "0x10",
        "tru",
        "True",
        "undefined",
    ),
    *(
        '"\\ud800"',
        '"\\udc00\\ud800"',
        '"\\u0000"',
        '"\\ud83d\\ude00"',
        '"\0"',
        '"a\nb"',
        "'a'",
        '"',
        '"\\x41"',
    ),
    *("[" * 300 + "]" * 300, "[" * 20_000 + "]" * 20_000, '{"a":' * 300 + "1" + "}" * 300, "[" * 1_000),
    *(
        "[]",
        "{}",
        "null",
        "true",
        '""',
        "0",
        "[null]",
        '{"": 1}',
        '"2025-13-45T99:99:99Z"',
        '"9999999999-01-01"',
    ),
    *(
        '{"data": null}',
        '{"success": false}',
        '{"error": "no"}',
        "1,",
        "// a comment\n1",
        "/* a */ 1",
        "\u00a01",
        "\x0c1",
    ),
]
AROUND = [
    *(
        (b"\xef\xbb\xbf", b""),
        (b"\xff\xfe", b""),
        (b"", b"\x00"),
        (b"", b"}"),
        (b"", b"{}"),
        (b"\n \t", b" \r\n"),
    ),
    *((b")]}',\n", b""), (b"callback(", b")"), (b"", b"\xc3"), (b"\x1f\x8b", b""), (b"", b"")),
]


@st.composite
def answers(draw, operation):
    """An answer of the contract with values exchanged, names written twice and bytes spoilt."""
    values = [reply.value for reply in operation.replies if reply.value is not None]
    text = json.dumps(draw(st.sampled_from(values or [{"data": None}])))
    for _ in range(draw(st.integers(0, 2))):
        text = change_value(draw, text)
    body = text.encode("utf-8", "surrogatepass")
    before, after = draw(st.sampled_from(AROUND)) if draw(st.integers(0, 3)) == 0 else (b"", b"")
    body = before + body + after
    if draw(st.integers(0, 5)) == 0:
        body = body[: draw(st.integers(0, len(body)))]
    if body and draw(st.integers(0, 5)) == 0:
        place = draw(st.integers(0, len(body) - 1))
        body = body[:place] + draw(st.binary(max_size=3)) + body[place + 1 :]
    return body


def change_value(draw, text):
    """Exchange what stands behind a colon or a bracket, or write a name twice."""
    places = [number for number, character in enumerate(text) if character in ":["]
    if not places:
        return draw(st.sampled_from(VALUES))
    place = draw(st.sampled_from(places)) + 1
    value = draw(st.sampled_from(VALUES))
    if text[place - 1] == ":" and draw(st.integers(0, 2)) == 0:
        name = text[: place - 1].rpartition('"')[0].rpartition('"')[2]
        return f'{text[:place]} {value}, "{name}": {text[place:]}'
    end = place
    while end < len(text) and text[end] not in ",}]":
        end += 1
    return f"{text[:place]} {value}{text[end:]}"


_answer = FakeServer()
_http = httpx.Client(transport=httpx.MockTransport(_answer))
_clients = {
    strict: TitanClient(BASE_URL, API_KEY, http_client=_http, max_retries=0, strict_responses=strict)
    for strict in (False, True)
}
pytestmark = pytest.mark.slow
METHODS = [one for one in OPERATIONS if one.has_method and one.id != "media.download"]


def call(operation, strict):
    method = getattr(getattr(_clients[strict], operation.service), operation.name)
    return method(*operation.arguments(operation.payload()))


def use(result):
    """Do with a result what programs do: show, copy, store, compare."""
    for item in result if isinstance(result, list) else [result]:
        if isinstance(item, TitanModel):
            assert repr(item)
            assert item == item.model_copy(deep=True)
            assert has_nan(item.to_dict()) or pickle.loads(pickle.dumps(item)).to_dict() == item.to_dict()
            json.dumps(item.to_dict())


def has_nan(value):
    if isinstance(value, dict):
        return any(map(has_nan, value.values()))
    return any(map(has_nan, value)) if isinstance(value, list) else value != value


@pytest.mark.parametrize("operation", METHODS, ids=lambda one: one.id)
@runs(5)
@given(data=st.data())
def test_no_bytes_that_an_operation_is_answered_with_raise_another_error(operation, data):
    body = data.draw(answers(operation))
    status = data.draw(st.sampled_from([200] * 9 + [201, 202, 204, 206, 302, 400, 404, 429, 500]))
    for strict in (False, True):
        _answer.answers = [httpx.Response(status, content=body)]
        depth = sys.getrecursionlimit()
        result, error = attempt(TitanError, call, operation, strict)
        if error is None:
            assert status < 300
            use(result)
        else:
            assert status >= 300 or error.maybe_processed
            assert str(error)
            assert pickle.loads(pickle.dumps(error)).maybe_processed == error.maybe_processed
        assert sys.getrecursionlimit() == depth
