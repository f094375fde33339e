"""Whatever the server sends, nothing of it breaks the caller and nothing is lost."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import List

import httpx
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from tests.support.answers import to_bytes
from tests.support.fake_server import API_KEY, BASE_URL, FakeServer
from tests.support.hostile_texts import runs
from tests.support.project import CONTRACT as SPEC
from titan import APIResponseError, TitanClient, types_gen
from titan._models import TitanModel
from titan.services._generated.operations import SESSIONS_LIST


def _examples():
    """Each 2xx example of the spec that holds a result, with the type that it is declared to have."""
    for item in SPEC["paths"].values():
        for operation in item.values():
            for status, response in operation["responses"].items():
                content = response.get("content", {}).get("application/json", {})
                schema = content.get("schema", {})
                schema = schema.get("anyOf", [schema])[0]
                data = schema.get("properties", {}).get("data", {})
                model = data.get("items", data).get("$ref", "").rpartition("/")[2]
                if status.startswith("2") and model:
                    shape = getattr(types_gen, model)
                    for example in content["examples"].values():
                        yield example["value"], List[shape] if "items" in data else shape


EXAMPLES = [
    (document["data"], shape)
    for document, shape in _examples()
    if "data" in document and document["data"] not in ([], {"success": True})
]
_names = st.text().filter(lambda name: name not in ("data", "success"))
_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters()),
    st.text(st.characters(categories=["Cs", "Lu"]), max_size=3),
)
_values = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=3),
    max_leaves=5,
)


@st.composite
def mutated(draw):
    """An example with some of its values replaced, some of its fields taken away, and new ones added."""
    document, shape = draw(st.sampled_from(EXAMPLES))
    root = {"data": json.loads(json.dumps(document))}
    for _ in range(draw(st.integers(0, 3))):
        parent, key = root, "data"
        while isinstance(parent[key], (dict, list)) and parent[key] and draw(st.integers(0, 9)):
            parent = parent[key]
            key = draw(st.sampled_from(sorted(parent) if isinstance(parent, dict) else range(len(parent))))
        if isinstance(parent[key], dict) and draw(st.booleans()):
            parent[key][draw(_names)] = draw(_values)
        elif parent is not root and draw(st.booleans()):
            del parent[key]
        else:
            parent[key] = draw(_values)
    return root["data"], shape


_time = TypeAdapter(datetime)


def same(came, kept):
    """Whether nothing was lost: times may be written differently, as long as they are the same instant."""
    if isinstance(came, dict) and isinstance(kept, dict):
        return came.keys() == kept.keys() and all(same(came[key], kept[key]) for key in came)
    if isinstance(came, list) and isinstance(kept, list):
        return len(came) == len(kept) and all(map(same, came, kept))
    if came == kept and type(came) is type(kept):
        return True
    try:
        return _time.validate_python(came).replace(tzinfo=timezone.utc) == datetime.fromisoformat(
            kept.replace("Z", "+00:00")
        )
    except (AttributeError, ValidationError):
        return False


_answer = FakeServer()
_http = httpx.Client(transport=httpx.MockTransport(_answer))
_clients = {
    strict: TitanClient(BASE_URL, API_KEY, http_client=_http, strict_responses=strict)
    for strict in (False, True)
}


@runs(400)
@example(({"name": "s", "createdAt": "\ud800\udc00"}, types_gen.Session), False)
@given(mutated(), st.booleans())
def test_no_answer_breaks_the_caller_and_nothing_of_it_is_lost(mutation, in_envelope):
    data, shape = mutation
    # As it comes out of JSON: there, two halves of a surrogate pair side by side are one character.
    data = json.loads(json.dumps(data))
    assume(data not in (None, {}))  # no result, which fits any declared type
    body = to_bytes({"data": data} if in_envelope else data)
    _answer.answers = [httpx.Response(200, content=body)]

    def call(strict):
        return _clients[strict].sessions._call(SESSIONS_LIST, returns=shape)

    is_list = shape is not None and not isinstance(shape, type)
    if not isinstance(data, list if is_list else dict):
        with pytest.raises(APIResponseError):
            call(False)
        return
    result = call(False)
    kept = (
        [item.to_dict() if isinstance(item, TitanModel) else item for item in result]
        if is_list
        else (result.to_dict())
    )
    assert same(data, kept)
    assert repr(result)

    # Strict where, and only where, pydantic itself finds fault.
    try:
        TypeAdapter(shape).validate_json(json.dumps(data), strict=True)
    except ValidationError:
        with pytest.raises(APIResponseError):
            call(True)
    else:
        assert call(True) == result
