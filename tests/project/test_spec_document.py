"""An OpenAPI file is read in any form, refused with a place and a reason, and brought into one form."""

import copy
import json
import sys
from pathlib import Path

import pytest
import yaml

from tests.support import spec_variants

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from _contract.document import (  # noqa: E402
    iterate_operations,
    iterate_webhooks,
    normalise,
    read_document,
    references,
    resolve,
    schema_name,
)
from _contract.errors import ContractError  # noqa: E402

MINIMAL = {
    "openapi": "3.1.0",
    "paths": {"/api/things": {"get": {"responses": {"200": {"description": "x"}}}}},
}


@pytest.fixture(scope="module")
def contract():
    return read_document(ROOT / "openapi.yaml")


@pytest.fixture
def read(tmp_path):
    """Read a text, or a document as JSON."""

    def from_text(content, name="spec.yaml"):
        text = content if isinstance(content, str) else json.dumps(content)
        (tmp_path / name).write_text(text, encoding="utf-8")
        return read_document(tmp_path / name)

    return from_text


def described(schemas, **more):
    """A document with these schemas."""
    return {**MINIMAL, "components": {"schemas": schemas}, **more}


def with_body(schema):
    """A document with one operation that takes and answers this."""
    content = {"application/json": {"schema": schema}}
    operation = {
        "requestBody": {"content": content},
        "responses": {"200": {"description": "x", "content": copy.deepcopy(content)}},
    }
    return {
        "openapi": "3.1.0",
        "paths": {"/api/things/{id}": {"put": operation}},
        "components": {"schemas": {}},
    }


def normal_schemas(document):
    return normalise(document)["components"]["schemas"]


def body_of(document):
    operation = document["paths"]["/api/things/{id}"]["put"]
    return operation["requestBody"]["content"]["application/json"]["schema"]


def test_our_own_file_is_in_normal_form(contract):
    assert normalise(contract) == contract


def test_normalising_leaves_the_argument_as_it_was(contract):
    document = spec_variants.make(contract, spec_variants.inline_bodies, spec_variants.openapi_3_0)
    before = copy.deepcopy(document)
    assert normalise(document) != before
    assert document == before


@pytest.mark.parametrize("name", [name for name in spec_variants.VARIANTS if name != "json"])
def test_what_is_normal_stays_as_it_is(contract, name):
    normal = normalise(spec_variants.make(contract, *spec_variants.VARIANTS[name]))
    assert normalise(normal) == normal


def test_yaml_and_json_are_read_whatever_the_suffix(read):
    as_yaml = yaml.safe_dump(MINIMAL)
    assert read(MINIMAL, "spec.yaml") == read(as_yaml, "spec.json") == read(MINIMAL, "spec") == MINIMAL


def test_a_flow_mapping_of_yaml_is_no_broken_json(read):
    assert read("{openapi: 3.1.0, paths: {/a: {}}}") == {"openapi": "3.1.0", "paths": {"/a": {}}}


def test_yaml_is_read_as_version_1_2_has_it(read):
    text = (
        "openapi: 3.1.0\npaths: {/a: {}}\nx-no: no\nx-day: 2025-05-01\nx-time: 12:30:45\nx-e: 1e3\nx-on: on\n"
    )
    found = read(text)
    assert found["x-no"] == "no"
    assert found["x-on"] == "on"
    assert found["x-day"] == "2025-05-01"
    assert found["x-time"] == "12:30:45"
    assert found["x-e"] == 1000.0


def test_status_codes_without_quotes_are_text(read):
    found = read("openapi: 3.1.0\npaths:\n  /a:\n    get:\n      responses:\n        200: {description: x}\n")
    assert list(found["paths"]["/a"]["get"]["responses"]) == ["200"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("[]", "the file does not hold an object at its top."),
        ("openapi: 3.1.0\n  paths: {}", "line 2 is not YAML"),
        ('{"openapi": "3.1.0"', "line 1 is not JSON"),
        ("openapi: 3.1.0\npaths: {}\nopenapi: 3.1.0\n", "line 3 has the key 'openapi' for the second time."),
        ('{"openapi": "3.1.0", "openapi": "3.0.0"}', "the key 'openapi' stands twice in one object."),
        ({"swagger": "2.0", "paths": {}}, "/swagger says 2.0; only OpenAPI 3.0 and 3.1 are understood."),
        ({"paths": {"/a": {}}}, "the file has no key 'openapi', so it is not an OpenAPI document."),
        ({"openapi": "4.0", "paths": {"/a": {}}}, "/openapi says 4.0; only 3.0 and 3.1 are understood."),
        ({"openapi": "3.1.0", "paths": {}}, "the file has no operations: /paths is missing or empty."),
        ({"openapi": "3.1.0", "paths": ["/a"]}, "/paths is not an object."),
        ({"openapi": "3.1.0", "paths": {"a": {}}}, "/paths/a is not a path: it does not begin with a slash."),
        ({"openapi": "3.1.0", "paths": {"/a": {"get": 1}}}, "/paths/~1a/get is not an object."),
        (
            {"openapi": "3.1.0", "paths": {"/a": {"get": {"parameters": [{"in": "path"}]}}}},
            "/paths/~1a/get/parameters/0 is not a parameter: it lacks 'name' or 'in'.",
        ),
        (
            described({"A": {"$ref": "#/components/schemas/B"}}),
            "/components/schemas/A: #/components/schemas/B does not exist in the file.",
        ),
        (
            described({"A": {"$ref": "other.yaml#/A"}}),
            "/components/schemas/A refers to other.yaml#/A, outside of the file; bundle it into one file",
        ),
        (
            described({"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}}),
            "/components/schemas/A: #/components/schemas/B refers only to itself.",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_place_and_reason(read, content, sentence):
    with pytest.raises(ContractError) as caught:
        read(content)
    assert "spec.yaml: " in str(caught.value)
    assert str(caught.value).partition("spec.yaml: ")[2].startswith(sentence)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ContractError, match=r"none\.yaml cannot be read: No such file"):
        read_document(tmp_path / "none.yaml")


def test_a_file_that_is_not_text_is_refused(tmp_path):
    (tmp_path / "spec.yaml").write_bytes(b"openapi: \xff")
    with pytest.raises(ContractError, match="is not UTF-8 text: byte 9"):
        read_document(tmp_path / "spec.yaml")


def test_a_file_that_holds_itself_is_refused(read):
    with pytest.raises(ContractError, match=r"nested too deep, or holds itself|not YAML"):
        read("openapi: 3.1.0\npaths: &p\n  /a: *p\n")


def test_references_in_examples_are_data(read):
    schema = {"type": "object", "example": {"$ref": "nowhere"}}
    assert read(described({"A": schema}))["components"]["schemas"]["A"] == schema


def test_a_property_called_like_a_keyword_is_a_schema(read):
    with pytest.raises(ContractError, match="#/components/schemas/None does not exist"):
        read(described({"A": {"properties": {"default": {"$ref": "#/components/schemas/None"}}}}))


def test_a_reference_is_followed_to_what_it_means():
    document = described({"A/B": {"type": "string"}, "C": {"$ref": "#/components/schemas/A~1B"}})
    assert resolve(document, {"$ref": "#/components/schemas/C"}) == {"type": "string"}
    assert list(references(document)) == ["#/components/schemas/A~1B"]
    assert schema_name("#/components/schemas/A~1B") == "A/B"
    assert schema_name("#/components/parameters/Session") is None


def test_operations_have_the_parameters_of_their_path():
    session = {"name": "session", "in": "path", "required": True}
    document = {
        "openapi": "3.1.0",
        "paths": {
            "/api/{session}": {
                "parameters": [{"$ref": "#/components/parameters/S"}, {"name": "limit", "in": "query"}],
                "get": {"parameters": [{"name": "limit", "in": "query", "description": "own"}]},
                "summary": "not an operation",
            }
        },
        "components": {"parameters": {"S": session}},
    }
    (operation,) = iterate_operations(document)
    assert operation.verb == "GET"
    assert operation.path == "/api/{session}"
    assert operation.spec["parameters"] == [session, {"name": "limit", "in": "query", "description": "own"}]


def test_our_own_operations_and_events_are_all_found(contract):
    assert len(list(iterate_operations(contract))) == 81
    assert len(list(iterate_webhooks(contract))) == 25


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "string", "nullable": False}, {"type": "string"}),
        (
            {"type": "integer", "minimum": 1, "exclusiveMinimum": True},
            {"type": "integer", "exclusiveMinimum": 1},
        ),
        ({"type": "integer", "minimum": 1, "exclusiveMinimum": False}, {"type": "integer", "minimum": 1}),
        ({"type": "string", "example": "a"}, {"type": "string", "examples": ["a"]}),
        ({"type": "string", "format": "byte"}, {"type": "string", "contentEncoding": "base64"}),
        ({"type": "string", "enum": ["text"]}, {"type": "string", "const": "text"}),
        (
            {"allOf": [{"$ref": "#/components/schemas/B"}], "description": "It."},
            {"$ref": "#/components/schemas/B", "description": "It."},
        ),
        (
            {"allOf": [{"$ref": "#/components/schemas/B"}], "nullable": True, "description": "It."},
            {"anyOf": [{"$ref": "#/components/schemas/B"}, {"type": "null"}], "description": "It."},
        ),
    ],
)
def test_forms_of_3_0_become_those_of_3_1(older, newer):
    document = described({"A": {"properties": {"it": older}}, "B": {"type": "object"}}, openapi="3.0.3")
    assert normal_schemas(document)["A"]["properties"]["it"] == newer


def test_a_named_schema_that_may_be_null_is_plain_and_its_references_say_null():
    document = described(
        {
            "Kind": {"type": "string", "enum": ["a", "b"], "nullable": True},
            "A": {"properties": {"kind": {"$ref": "#/components/schemas/Kind"}}},
        },
        openapi="3.0.3",
    )
    schemas = normal_schemas(document)
    assert schemas["Kind"] == {"type": "string", "enum": ["a", "b"]}
    assert schemas["A"]["properties"]["kind"] == {
        "anyOf": [{"$ref": "#/components/schemas/Kind"}, {"type": "null"}]
    }


def test_the_one_example_of_a_body_becomes_a_named_one():
    document = with_body({"type": "object", "properties": {"a": {"type": "string"}}})
    body = document["paths"]["/api/things/{id}"]["put"]["requestBody"]["content"]["application/json"]
    body["example"] = {"a": "x"}
    normal = normalise(document)["paths"]["/api/things/{id}"]["put"]["requestBody"]["content"][
        "application/json"
    ]
    assert normal["examples"] == {"default": {"value": {"a": "x"}}}
    assert "example" not in normal


def test_webhooks_of_3_0_are_webhooks():
    hook = {"post": {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}}}
    normal = normalise({**MINIMAL, "openapi": "3.0.3", "x-webhooks": {"it.happened": hook}})
    assert normal["openapi"] == "3.1.0"
    assert list(normal["webhooks"]) == ["it.happened"]
    assert "x-webhooks" not in normal


def test_inline_schemas_get_names_from_their_operation():
    item = {"type": "object", "properties": {"size": {"type": "integer"}}}
    normal = normalise(
        with_body(
            {
                "type": "object",
                "properties": {
                    "kind": {"type": "string", "enum": ["a", "b"]},
                    "parts": {"type": "array", "items": item},
                    "free": {"type": "object", "additionalProperties": True},
                },
            }
        )
    )
    assert body_of(normal) == {"$ref": "#/components/schemas/PutApiThingsByIdRequest"}
    schemas = normal["components"]["schemas"]
    assert set(schemas) == {
        "PutApiThingsByIdRequest",
        "PutApiThingsByIdRequestKind",
        "PutApiThingsByIdRequestPartsItem",
    }
    assert schemas["PutApiThingsByIdRequest"]["properties"] == {
        "kind": {"$ref": "#/components/schemas/PutApiThingsByIdRequestKind"},
        "parts": {
            "type": "array",
            "items": {"$ref": "#/components/schemas/PutApiThingsByIdRequestPartsItem"},
        },
        "free": {"type": "object", "additionalProperties": True},
    }


def test_equal_inline_schemas_are_one_and_others_are_not():
    one = {"type": "object", "properties": {"a": {"type": "string"}}, "description": "One."}
    document = with_body({"type": "object", "properties": {"x": one, "y": {**one, "description": "Two."}}})
    schemas = normal_schemas(document)
    properties = schemas["PutApiThingsByIdRequest"]["properties"]
    assert properties["x"]["$ref"] == properties["y"]["$ref"]
    assert properties["y"]["description"] == "Two."
    other = {"type": "object", "properties": {"a": {"type": "integer"}}}
    schemas = normal_schemas(with_body({"type": "object", "properties": {"x": one, "y": other}}))
    properties = schemas["PutApiThingsByIdRequest"]["properties"]
    assert properties["x"]["$ref"] != properties["y"]["$ref"]


def test_an_inline_schema_does_not_take_the_name_of_another():
    document = with_body({"type": "object", "properties": {"a": {"type": "string"}}})
    document["components"]["schemas"]["PutApiThingsByIdRequest"] = {"type": "integer"}
    normal = normalise(document)
    assert normal["components"]["schemas"]["PutApiThingsByIdRequest"] == {"type": "integer"}
    assert body_of(normal) == {"$ref": "#/components/schemas/PutApiThingsByIdRequestB"}


def test_an_envelope_stands_inline_whatever_it_was(contract):
    normal = normalise(spec_variants.make(contract, spec_variants.named_envelopes))
    assert normal["paths"] == contract["paths"]


def test_an_envelope_made_of_two_parts_is_one_object():
    document = with_body({"type": "object"})
    document["components"]["schemas"] = {
        "Envelope": {
            "type": "object",
            "required": ["success"],
            "properties": {"success": {"type": "boolean"}},
        },
        "Thing": {"type": "object", "properties": {"id": {"type": "string"}}},
    }
    answer = document["paths"]["/api/things/{id}"]["put"]["responses"]["200"]["content"]["application/json"]
    answer["schema"] = {
        "allOf": [
            {"$ref": "#/components/schemas/Envelope"},
            {"properties": {"data": {"$ref": "#/components/schemas/Thing"}}},
        ]
    }
    responses = normalise(document)["paths"]["/api/things/{id}"]["put"]["responses"]
    assert responses["200"]["content"]["application/json"]["schema"] == {
        "type": "object",
        "required": ["success"],
        "properties": {"success": {"type": "boolean"}, "data": {"$ref": "#/components/schemas/Thing"}},
    }


def test_references_to_places_without_a_name_are_what_they_lead_to():
    document = with_body({"type": "object", "properties": {"a": {"type": "string"}}})
    document["paths"]["/api/others"] = {"$ref": "#/components/pathItems/Others"}
    place = "#/paths/~1api~1things~1%7Bid%7D/put/requestBody/content/application~1json/schema"
    others = {"post": {"requestBody": {"content": {"application/json": {"schema": {"$ref": place}}}}}}
    document["components"]["pathItems"] = {"Others": others}
    normal = normalise(document)
    body = normal["paths"]["/api/others"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body == body_of(normal)


def test_a_missing_mapping_is_supplied_from_the_variants(contract):
    mapping = contract["components"]["schemas"]["SendMessageRequest"]["discriminator"]["mapping"]
    for change in (spec_variants.no_discriminator_mapping, spec_variants.openapi_3_0):
        document = spec_variants.make(contract, spec_variants.no_discriminator_mapping, change)
        union = normal_schemas(document)["SendMessageRequest"]
        assert union["discriminator"] == {"propertyName": "type", "mapping": mapping}


def test_a_mapping_may_give_bare_names_and_variants_may_say_nothing():
    document = described(
        {
            "Animal": {
                "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
                "discriminator": {"propertyName": "kind", "mapping": {"cat": "Cat"}},
            },
            "Cat": {"properties": {"kind": {"type": "string"}}},
            "Dog": {"properties": {"kind": {"type": "string"}}},
        }
    )
    assert normal_schemas(document)["Animal"]["discriminator"]["mapping"] == {
        "cat": "#/components/schemas/Cat",
        "Dog": "#/components/schemas/Dog",
    }


def test_a_union_whose_members_have_a_constant_is_told_apart_by_it(contract):
    document = copy.deepcopy(contract)
    wanted = document["components"]["schemas"]["SendMessageRequest"].pop("discriminator")
    assert normal_schemas(document)["SendMessageRequest"]["discriminator"] == wanted


@pytest.mark.parametrize(
    ("server", "path", "url"),
    [
        ({"url": "https://api.example.com/v2/"}, "/v2/api/things", "https://api.example.com"),
        ({"url": "/v2"}, "/v2/api/things", "/"),
        ({"url": "https://api.example.com/"}, "/api/things", "https://api.example.com/"),
        (
            {"url": "https://api.example.com/{base}", "variables": {"base": {"default": "v2"}}},
            "/v2/api/things",
            "https://api.example.com",
        ),
    ],
)
def test_the_path_of_a_server_belongs_to_the_paths(server, path, url):
    normal = normalise({**MINIMAL, "servers": [server]})
    assert list(normal["paths"]) == [path]
    assert normal["servers"][0]["url"] == url
