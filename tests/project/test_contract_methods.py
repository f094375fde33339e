"""The signature, the annotations and the docstring of each operation follow from the contract."""

import inspect
import re
from typing import List, Union, get_args, get_origin, get_type_hints

import pytest
from typing_extensions import is_typeddict

from tests.support.fake_server import FakeServer, json_response
from tests.support.openapi import HELPERS, OPERATIONS, SPEC, name_of, resolve, snake
from titan import TitanClient, types_gen

each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.id)


def method_of(name):
    service, _, method = name.partition(".")
    return getattr(getattr(TitanClient, service), method)


@pytest.mark.parametrize("way", ["submit", "with_response"])
@pytest.mark.parametrize("name", sorted(HELPERS))
def test_helpers_are_refused_by_submit_and_with_response(connect, name, way):
    server = FakeServer(json_response({"data": {}}))
    client = connect(server)
    service, _, method = name.partition(".")
    with pytest.raises(TypeError, match="one operation"):
        getattr(client, way)(getattr(getattr(client, service), method), "my-session", "x", b"")
    assert server.requests == []


@each_operation
def test_parameters_are_path_then_payload_then_keyword_only_query(operation):
    _, *parameters = inspect.signature(method_of(operation.id)).parameters.values()
    ids = [one for one in parameters if one.name in operation.parameter_names]
    assert [one.name for one in ids] == operation.parameter_names
    assert parameters[: len(ids)] == ids
    assert all(one.kind is one.POSITIONAL_OR_KEYWORD and one.default is one.empty for one in ids)

    payload = parameters[len(ids) : len(ids) + bool(operation.component)]
    for one in payload:
        assert one.kind is one.POSITIONAL_OR_KEYWORD
        assert one.default is (one.empty if operation.needs_payload else None)
    assert len(payload) == bool(operation.component)

    query = parameters[len(ids) + len(payload) :]
    assert all(one.kind is one.KEYWORD_ONLY for one in query)
    assert [one.name for one in query] == [
        snake(name) for name in operation.query_parameters if name not in operation.queries_of_helpers
    ]


@each_operation
def test_a_payload_is_typed_as_model_or_typed_dict_whatever_the_evidence(operation):
    method = method_of(operation.id)
    names = list(inspect.signature(method).parameters)[1 + len(operation.parameter_names) :]
    if operation.component is None:
        assert [name for name in names if name not in map(snake, operation.query_parameters)] == []
        return
    alternatives = set(flat(get_type_hints(method)[names[0]]))
    alternatives.discard(type(None))
    model = set(flat(getattr(types_gen, operation.component)))
    assert model <= alternatives
    rest = alternatives - model
    assert rest
    assert all(is_typeddict(one) for one in rest)


def flat(hint):
    return [part for one in get_args(hint) for part in flat(one)] if get_origin(hint) is Union else [hint]


@each_operation
def test_the_return_type_is_the_one_that_the_contract_names(operation):
    declared = get_type_hints(method_of(operation.id))["return"]
    responses = SPEC["paths"][operation.path][operation.method.lower()]["responses"]
    response = responses.get("200") or responses["201"]
    if response.get("$ref", "").endswith("/Done"):
        assert declared is type(None)
        return
    media = resolve(response)["content"]
    if "application/json" not in media:
        assert declared is bytes
        return
    schema = media["application/json"]["schema"]
    data = schema.get("anyOf", [schema])[0]["properties"]["data"]
    model = getattr(types_gen, name_of(data.get("items") or data))
    assert declared == (List[model] if "items" in data else model)


# Docstrings


@pytest.mark.parametrize("name", sorted({*HELPERS, *(one.id for one in OPERATIONS)}))
def test_docstring_has_all_arguments_the_result_and_the_errors(name):
    method = method_of(name)
    summary, sections = sections_of(inspect.getdoc(method))
    assert re.fullmatch(r"[A-Z].*\.", summary)
    described = [line for line in sections.get("Args", []) if re.match(r"\w", line)]
    assert [line.partition(":")[0] for line in described] == list(inspect.signature(method).parameters)[1:]
    assert all(re.fullmatch(r"\w+: \S.*", line) for line in described)
    has_result = get_type_hints(method)["return"] is not type(None)
    assert ("Returns" in sections) is has_result
    assert any(line.startswith("TitanError: ") for line in sections["Raises"])
    assert [one for one in ("Args", "Returns", "Raises") if one in sections] == list(sections)


def sections_of(docstring):
    summary, *rest = docstring.split("\n")
    sections, current = {}, None
    for line in rest:
        header = re.fullmatch(r"(\w+):", line)
        if header:
            current = sections.setdefault(header[1], [])
        elif current is not None and line:
            current.append(line[4:])
    return summary, sections


@each_operation
def test_docstring_states_the_evidence_where_it_is_not_documented(operation):
    found = re.findall(r"^Evidence: (\w+)\b.+\.$", inspect.getdoc(method_of(operation.id)), re.MULTILINE)
    assert found == ([operation.evidence] if operation.inferred else [])
