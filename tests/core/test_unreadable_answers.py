"""Answers that cannot be read, and bodies of errors in any form."""

from __future__ import annotations

import json
import sys

import pytest

from tests.support.answers import HTML, NOON, SESSION, session_with, to_bytes
from titan import APIResponseError, APIStatusError, NotFoundError

# Answers that cannot be read at all.


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (HTML, "HTML"),
        (b"\n  <html lang=pt>", "HTML"),
        (session_with()[:-10], "not valid JSON"),
        (session_with() + b"}", "not valid JSON"),
        (b"\xef\xbb\xbf", "not valid JSON"),
        (b"OK", "not valid JSON"),
        (b"\x1f\x8b\x08\x00", "not valid JSON"),
        ('{"data": {"name": "é"}}'.encode("latin-1"), "not valid JSON"),
        (b"[" * 200_000, "not valid JSON"),
    ],
)
@pytest.mark.parametrize("operation", ["get", "delete"])
def test_answer_that_is_no_json_is_an_error_that_says_what_came(answering, operation, body, why, strict):
    client = answering(body, 201, strict_responses=strict)
    with pytest.raises(APIResponseError) as caught:
        getattr(client.sessions, operation)("my-session")
    error = caught.value
    assert (error.status_code, error.body) == (201, body)
    assert "the server answered 201, so the request was probably carried out" in str(error)
    assert why in str(error)
    assert error.maybe_processed
    assert error.route == "/api/sessions/{session}"


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ("text", "string"),
        (5, "number"),
        (0.5, "number"),
        (False, "boolean"),
        ([SESSION], "array"),
        ([], "array"),
    ],
)
@pytest.mark.parametrize("wrap", [lambda data: data, lambda data: {"data": data}])
def test_wrong_outer_shape_of_a_model_is_an_error(answering, wrap, document, name, strict):
    with pytest.raises(APIResponseError, match=f"holds a JSON {name}") as caught:
        answering(wrap(document), strict_responses=strict).sessions.get("s")
    assert caught.value.body == to_bytes(wrap(document))


@pytest.mark.parametrize(("document", "name"), [(SESSION, "object"), ({}, "object"), ("text", "string")])
@pytest.mark.parametrize("wrap", [lambda data: data, lambda data: {"data": data}])
def test_wrong_outer_shape_of_a_list_is_an_error(answering, wrap, document, name, strict):
    with pytest.raises(APIResponseError, match=f"holds a JSON {name}"):
        answering(wrap(document), strict_responses=strict).sessions.list()


@pytest.mark.parametrize("field", ["config", "somethingNew"])
@pytest.mark.parametrize("depth", [100, 300])
def test_deep_nesting_is_kept(answering, field, depth):
    nested = json.loads('{"a":' * depth + "1" + "}" * depth)
    session = answering(session_with(**{field: nested})).sessions.get("s")
    assert session[field] == nested
    assert session.created_at == NOON
    assert session.to_dict()[field] == nested


def test_number_of_too_many_digits_is_kept_or_an_error(answering):
    client = answering(session_with().replace(b"}}", b', "x": %s}}' % (b"9" * 5000)))
    if hasattr(sys, "set_int_max_str_digits"):
        with pytest.raises(APIResponseError, match="not valid JSON"):
            client.sessions.get("s")
    else:
        assert client.sessions.get("s")["x"] == 10**5000 - 1


# Bodies of errors.

DOCS = "https://docs.example.com/errors"


@pytest.mark.parametrize(
    ("body", "message", "docs_url"),
    [
        ({"error": "session not found", "docs": DOCS}, "session not found", DOCS),
        ({"error": "session not found"}, "session not found", None),
        ({"error": "session not found", "docs": None, "code": 7}, "session not found", None),
        ({"error": "session not found", "docs": ["?"]}, "session not found", None),
        ("\ufeff" + json.dumps({"error": "sessão"}), "sessão", None),
        ({"error": ""}, "Not Found", None),
        ({"error": {"message": "nested"}, "docs": DOCS}, "Not Found", DOCS),
        ({"error": None}, "Not Found", None),
        ({"error": 404}, "Not Found", None),
        ({"message": "another form"}, "Not Found", None),
        ({"data": {"error": "inside"}}, "Not Found", None),
        (["session not found"], "Not Found", None),
        ("", "Not Found", None),
        (HTML.decode(), "Not Found", None),
        ('{"error": "cut o', "Not Found", None),
        ("[" * 200_000, "Not Found", None),
        (b"\xff\xfe\x00", "Not Found", None),
    ],
)
def test_error_body_of_any_form_is_an_error_of_its_status(answering, body, message, docs_url):
    content = body.encode() if isinstance(body, str) else to_bytes(body)
    with pytest.raises(NotFoundError) as caught:
        answering(content, 404).sessions.get("my-session")
    error = caught.value
    assert (error.message, error.docs_url, error.body) == (message, docs_url, content)
    assert str(error).startswith(f"{message} (404 to GET /api/sessions/{{session}})")
    assert (docs_url in str(error)) if docs_url else ("see" not in str(error))


@pytest.mark.parametrize(
    ("status", "message"), [(418, "I'm a Teapot"), (402, "Payment Required"), (499, "unknown status")]
)
def test_error_without_a_text_is_named_by_its_status(answering, status, message):
    with pytest.raises(APIStatusError) as caught:
        answering(b"", status, max_retries=0).sessions.get("my-session")
    assert caught.value.message == message
    assert caught.value.status_code == status
