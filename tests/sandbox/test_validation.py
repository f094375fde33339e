"""The sandbox says of a request what openapi-core says, word for word, and compiles what it needs once."""

from __future__ import annotations

import copy
import json
from typing import Any, Dict, List, Optional

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.interpreter import run_python
from tests.support.openapi_core_judge import Judge
from tests.support.project import CONTRACT
from titan.sandbox.base.errors import SandboxError
from titan.sandbox.spec import validation
from titan.sandbox.spec.contract import Contract
from titan.sandbox.spec.operations import read_operations, resolve

# It depends on the versions of jsonschema-rs, of which the oldest and the newest Python have one each.
pytestmark = pytest.mark.slow

Json = Dict[str, Any]


class Both:
    """Our validation and the judge, for one contract."""

    def __init__(self, spec: Json) -> None:
        self.spec = spec
        self.operations = {(one.path, one.method): one for one in read_operations(spec)}
        self._ours = Contract(spec)
        self._judge = Judge(spec)

    def agree(self, operation, path, query, body) -> Optional[str]:
        """What both say of a request; None where it fits."""
        ours = None
        try:
            self._ours.check(operation, path, query, body)
        except SandboxError as error:
            ours = error.message
        try:
            judged = self._judge.sentence(operation, path, query, body)
        except (AttributeError, TypeError):
            # openapi-core wants to look a list up in the mapping of a discriminator, or in what is no object.
            judged = f"{ours.split()[0]} must fit exactly one of its allowed forms"
        assert ours == judged
        return ours

    def path_of(self, operation) -> Dict[str, str]:
        """Path parameters that fit, where the contract has examples of them."""
        found = self.parameters_of(operation)
        return {one["name"]: str(one["example"]) for one in found if one["in"] == "path"}

    def parameters_of(self, operation) -> List[Json]:
        nodes = self.spec["paths"][operation.path][operation.method].get("parameters", [])
        return [resolve(self.spec, one) for one in nodes]

    def examples_of(self, operation) -> List[Json]:
        node = self.spec["paths"][operation.path][operation.method]
        media = resolve(self.spec, node["requestBody"])["content"]["application/json"]
        return [one["value"] for one in media["examples"].values()]

    def reach_the_schema(self, operation, body) -> bool:
        """Whether the discriminator of a body is one of those that come to the schema at all."""
        if operation.discriminator is None:
            return True
        field, values = operation.discriminator
        return isinstance(body.get(field), str) and body[field] in values


OURS = Both(CONTRACT)
WITH_BODY = [one for one in OURS.operations.values() if one.takes_body]
WITH_PARAMETERS = [
    one
    for one in OURS.operations.values()
    if any(parameter["in"] != "header" for parameter in OURS.parameters_of(one))
]

# --- what hypothesis makes of the examples

HALF_SURROGATES = ["\ud800", "a\udfff", "\udc00\ud800"]
HUGE_INTEGERS = [2**63, 2**64, -(2**63) - 1, 10**300]


def nest(depth, leaf=None):
    """An object so many levels deep."""
    value: Any = leaf
    for _ in range(depth):
        value = {"text": value}
    return value


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=70)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.sampled_from([1.0, 0.5, -0.0, 1e300, *HUGE_INTEGERS]),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "text", "https://example.com/a.jpg", "http://", "a\n", *HALF_SURROGATES]),
    ANY_TEXT,
)
VALUES = st.one_of(
    LEAVES,
    st.lists(LEAVES, max_size=3),
    st.dictionaries(ANY_TEXT, LEAVES, max_size=3),
    st.builds(nest, st.sampled_from([2, 254, 300])),
)


def containers_of(value):
    if isinstance(value, (dict, list)):
        yield value
        for part in value.values() if isinstance(value, dict) else value:
            yield from containers_of(part)


@st.composite
def changed(draw, originals):
    """One of some values, changed in up to three places."""
    value = copy.deepcopy(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(1, 3))):
        container = draw(st.sampled_from(list(containers_of(value))[:50]))
        keys = list(container) if isinstance(container, dict) else list(range(len(container)))
        changes = ["add"] if not keys else ["add", "replace", "replace", "remove", "multiply"]
        change, key = draw(st.sampled_from(changes)), draw(st.sampled_from(keys)) if keys else None
        if change == "replace":
            container[key] = draw(VALUES)
        elif change == "remove":
            del container[key]
        elif change == "multiply" and isinstance(container[key], (str, list)):
            container[key] = container[key][:20] * draw(st.sampled_from([2, 30, 300]))
        elif isinstance(container, dict):
            container[draw(ANY_TEXT)] = draw(VALUES)
        else:
            container.append(draw(VALUES))
    return value


quickly = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda one: one.id)
def test_both_say_the_same_of_the_examples_of_a_body(operation):
    path = OURS.path_of(operation)
    for body in OURS.examples_of(operation):
        assert OURS.agree(operation, path, [], body) is None


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda one: one.id)
def test_both_say_the_same_of_whatever_becomes_of_a_body(operation):
    path = OURS.path_of(operation)

    @quickly
    @given(changed(OURS.examples_of(operation)))
    def hold(body):
        if OURS.reach_the_schema(operation, body):
            OURS.agree(operation, path, [], body)

    hold()


@pytest.mark.parametrize("operation", WITH_PARAMETERS, ids=lambda one: one.id)
def test_both_say_the_same_of_whatever_becomes_of_parameters(operation):
    path = OURS.path_of(operation)
    queries = [one["name"] for one in OURS.parameters_of(operation) if one["in"] == "query"]
    body = next(iter(OURS.examples_of(operation)), None) if operation.takes_body else None
    texts = st.one_of(ANY_TEXT, st.sampled_from(["", "7", " 7 ", "7.0", "1_0", "٣", "a\n", "9" * 5000]))

    @settings(quickly, max_examples=10)
    @given(
        st.fixed_dictionaries({name: st.one_of(st.just(given), texts) for name, given in path.items()}),
        st.lists(st.tuples(st.sampled_from([*queries, "other"]), texts), max_size=3),
    )
    def hold(path, query):
        OURS.agree(operation, path, query, body)

    hold()


# --- contracts that could be adopted


def with_schema(schema, **others):
    """A contract with one operation, whose body has a schema."""
    content = {"application/json": {"schema": schema}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Another", "version": "1"},
        "paths": {"/a": {"post": {"requestBody": {"content": content}, "responses": {}}}},
        "components": {"schemas": others},
    }


def ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


def variant(value, **properties):
    properties = {"kind": {"const": value}, **properties}
    return {"type": "object", "required": list(properties), "properties": properties}


CAT = variant("cat", lives={"type": "integer", "minimum": 1})
DOG = variant("dog", tricks={"type": "array", "items": {"type": "string"}})
PETS = {"oneOf": [ref("Cat"), ref("Dog")], "discriminator": {"propertyName": "kind"}}
MAPPING = {"cat": "#/components/schemas/Cat", "dog": "#/components/schemas/Dog"}
MAPPED = {**PETS, "discriminator": {"propertyName": "kind", "mapping": MAPPING}}
A_CAT, A_DOG = {"kind": "cat", "lives": 9}, {"kind": "dog", "tricks": ["sit"]}

BODIES = {
    "an inline schema": (
        with_schema({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}),
        [{"a": "b"}],
    ),
    "a discriminator without a mapping": (
        with_schema(ref("Pet"), Pet=PETS, Cat=CAT, Dog=DOG),
        [A_CAT, A_DOG],
    ),
    "a discriminator in a part": (
        with_schema({"allOf": [ref("Pet"), {"required": ["session"]}]}, Pet=MAPPED, Cat=CAT, Dog=DOG),
        [{**A_CAT, "session": "s"}, {**A_DOG, "session": "s"}],
    ),
    "a discriminator in a property": (
        with_schema({"type": "object", "properties": {"pet": MAPPED}}, Cat=CAT, Dog=DOG),
        [{"pet": A_CAT}, {"pet": A_DOG}],
    ),
    "variants that fit each other's values": (
        with_schema(MAPPED, Cat={"type": "object"}, Dog={"required": ["tricks"]}),
        [A_CAT, A_DOG],
    ),
    "variants without a discriminator": (
        with_schema(
            {"anyOf": [ref("Cat"), ref("Dog")], "oneOf": [ref("Dog"), {"minProperties": 3}]}, Cat=CAT, Dog=DOG
        ),
        [A_DOG],
    ),
    "a schema that holds itself": (
        with_schema(
            ref("Node"),
            Node={
                "type": "object",
                "properties": {"next": ref("Node"), "value": {"type": ["integer", "null"], "maximum": 5}},
                "additionalProperties": False,
            },
        ),
        [{"value": 1, "next": {"value": None, "next": {}}}],
    ),
    "constants and enums of every type": (
        with_schema(
            {
                "properties": {
                    "a": {"const": 1},
                    "b": {"const": False},
                    "c": {"const": {"format": "date", "x": [1, 0]}},
                    "d": {"enum": [0, "0", None, {"a": True}, [1.5]]},
                }
            }
        ),
        [{"a": 1, "b": False, "c": {"format": "date", "x": [1, 0]}, "d": [1.5]}],
    ),
    "formats": (
        with_schema(
            {
                "properties": {
                    "uri": {"type": "string", "format": "uri"},
                    "date": {"type": "string", "format": "date-time"},
                    "mail": {"format": "email"},
                    "format": {"type": "string", "format": "uuid"},
                }
            }
        ),
        [{"uri": "https://example.com", "date": "today", "mail": "no", "format": "no"}],
    ),
    "patterns that two languages read in two ways": (
        with_schema(
            {
                "properties": {
                    "digits": {"pattern": r"^\d+$"},
                    "others": {"pattern": r"^\D+$"},
                    "words": {"pattern": r"^[^\w]+$"},
                    "dots": {"pattern": "^a.b$"},
                    "pattern": {"pattern": "(?!x)y"},
                }
            }
        ),
        [{"digits": "٣", "others": "٣", "words": "é", "dots": "a\rb", "pattern": "xy"}],
    ),
    "a pattern that only Python reads": (
        with_schema({"properties": {"a": {"pattern": "(?P<x>a)(?P=x)$"}}}),
        [{"a": "aa"}],
    ),
    "numbers and their limits": (
        with_schema(
            {
                "properties": {
                    "i": {"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 10},
                    "n": {"type": ["number", "null"], "minimum": -0.5, "maximum": 2**53},
                    "m": {"multipleOf": 0.1},
                }
            }
        ),
        [{"i": 5, "n": 0.5, "m": 0.3}, {"i": 5.0, "n": 2**53 + 1, "m": 1}],
    ),
    "lists": (
        with_schema(
            {
                "properties": {
                    "u": {"uniqueItems": True, "minItems": 1},
                    "p": {"prefixItems": [{"type": "string"}], "items": {"type": "integer"}, "maxItems": 3},
                    "c": {"contains": {"const": 1}, "minContains": 1},
                }
            }
        ),
        [{"u": [1, True, 1.0], "p": ["a", 1], "c": [1]}, {"u": [1, 2], "p": [], "c": [2, 1]}],
    ),
    "objects": (
        with_schema(
            {
                "minProperties": 1,
                "maxProperties": 6,
                "patternProperties": {"^x-": {"type": "string"}},
                "additionalProperties": {"type": "integer"},
                "propertyNames": {"maxLength": 8},
                "dependentRequired": {"x-a": ["b"]},
                "dependentSchemas": {"c": {"required": ["d"]}},
            }
        ),
        [{"x-a": "1", "b": 2, "c": 3, "d": 4}],
    ),
    "conditions": (
        with_schema(
            {
                "if": {"required": ["a"]},
                "then": {"properties": {"a": {"type": "string", "minLength": 2}}},
                "else": {"required": ["b"]},
                "not": {"required": ["c"]},
                "properties": {"false": False, "true": True},
                "unevaluatedProperties": {"type": "boolean"},
            }
        ),
        [{"a": "ab", "true": 1, "z": True}, {"b": True}],
    ),
    "a reference to what is not a schema of components": (
        {
            **with_schema({"properties": {"a": {"$ref": "#/components/x-more/A"}}}),
            "components": {"x-more": {"A": {"type": "string", "minLength": 1}}},
        },
        [{"a": "b"}],
    ),
    "negations": (
        with_schema(
            {
                "properties": {
                    "a": {"not": {"pattern": "^a$"}},
                    "b": {"pattern": "^(?!a$)"},
                    "c": {"patternProperties": {"^a$": False}},
                    "d": {"not": {"propertyNames": {"pattern": "^a$"}}},
                }
            }
        ),
        [{"a": "a\n", "b": "a\n", "c": {"a\n": 1}, "d": {"a\n": 1}}],
    ),
    "constants that no float holds": (
        with_schema({"properties": {"a": {"const": 2**53 + 1}, "b": {"enum": [2**53 + 1]}}}),
        [{"a": 2**53 + 1, "b": 2**53 + 1}, {"a": 2**53}, {"b": 2**53}],
    ),
    "everything": (with_schema({}), [{"a": [1]}]),
}


@pytest.mark.parametrize("name", BODIES)
def test_both_say_the_same_with_a_contract_that_has(name):
    spec, originals = BODIES[name]
    both = Both(spec)
    (operation,) = both.operations.values()

    def agree(body):
        if both.reach_the_schema(operation, body):
            both.agree(operation, {}, [], body)

    for body in originals:
        agree(body)

    @settings(quickly, max_examples=30)
    @given(changed(originals))
    def hold(body):
        agree(body)

    hold()


# --- what jsonschema-rs cannot read, or reads in its own way

UNREADABLE = {
    "half surrogates in values": [{"text": one} for one in HALF_SURROGATES],
    "half surrogates in names": [{one: "text"} for one in HALF_SURROGATES],
    "half surrogates deep inside": [{"more": [{one: [one]}]} for one in HALF_SURROGATES],
    "huge integers": [{"more": one} for one in HUGE_INTEGERS],
    "deep nesting": [nest(depth) for depth in (99, 100, 101, 254, 255, 256, 600)],
}
MESSAGE = {"session": "my-session", "chatId": "5511999999999@s.whatsapp.net", "type": "text", "text": "Hi"}


@pytest.mark.parametrize("kind", UNREADABLE)
@pytest.mark.parametrize("fits", [True, False])
def test_both_say_the_same_of_what_some_versions_cannot_read(kind, fits):
    send = next(one for one in WITH_BODY if one.id == "messages.send")
    for more in UNREADABLE[kind]:
        body = {**MESSAGE, "more": more, **({} if fits else {"text": 5})}
        expected = None if fits else "text must be a string, not a number"
        assert OURS.agree(send, {}, [], body) == expected


@pytest.mark.parametrize("name", ["half surrogates in values", "half surrogates in names", "huge integers"])
def test_a_sandbox_takes_what_some_versions_cannot_read(sandbox, api, name):
    sandbox.connect("my-session")
    for more in UNREADABLE[name]:
        raw = json.dumps({**MESSAGE, "more": more})
        response = api.post("/api/messages/send", content=raw, headers={"Content-Type": "application/json"})
        assert response.status_code == 200


# --- what it costs


@pytest.fixture
def compiled(monkeypatch):
    """What jsonschema-rs was given to compile, in its order."""
    given = []
    original = jsonschema_rs.Draft202012Validator

    def compile_it(schema, **options):
        given.append(schema)
        return original(schema, **options)

    monkeypatch.setattr(validation.jsonschema_rs, "Draft202012Validator", compile_it)
    return given


def test_validators_are_compiled_with_the_first_request_and_once(compiled):
    contract = Contract()
    send = next(one for one in WITH_BODY if one.id == "messages.send")
    location = {**MESSAGE, "type": "location", "latitude": 1, "longitude": 2}
    assert compiled == []
    bodies = [MESSAGE, {**MESSAGE, "text": "Ho"}, location, MESSAGE, location]
    for count, body in zip((1, 1, 2, 2, 2), bodies):
        contract.check(send, {}, [], body)
        assert len(compiled) == count
    qr = next(one for one in WITH_PARAMETERS if one.id == "pairing.qr")
    for _ in range(3):
        contract.check(qr, {"session": "s"}, [("format", "image")], None)
        assert len(compiled) == 4


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda one: one.id)
def test_an_example_needs_no_second_opinion(operation, monkeypatch):
    monkeypatch.setattr(validation.Validator, "_thorough", None)
    contract = Contract()
    for body in OURS.examples_of(operation):
        contract.check(operation, OURS.path_of(operation), [], body)


def test_a_running_sandbox_loads_jsonschema_with_the_first_refusal_and_never_openapi_core():
    printed = run_python(
        """
import sys
import httpx
from titan.sandbox import Sandbox

with Sandbox() as titan:
    titan.connect("s")
    headers = {"Authorization": f"Bearer {titan.api_key}"}
    for message in ({"text": "Hi"}, {"text": 5}):
        body = {"session": "s", "chatId": "5511999999999@s.whatsapp.net", "type": "text", **message}
        status = httpx.post(titan.base_url + "/api/messages/send", json=body, headers=headers).status_code
        print(status, "jsonschema" in sys.modules, "openapi_core" in sys.modules)
"""
    )
    assert printed.splitlines() == ["200 False False", "400 True False"]


CIRCLES = {
    "itself": {"A": {"allOf": [ref("A"), {"type": "object"}]}},
    "a pair": {"A": {"anyOf": [ref("B"), {"type": "null"}]}, "B": {"oneOf": [ref("A"), {"type": "string"}]}},
    "a chain": {"A": ref("B"), "B": {"allOf": [ref("C")]}, "C": {"anyOf": [ref("A")]}},
}


@pytest.mark.parametrize("name", CIRCLES)
def test_a_schema_whose_check_would_never_end_refuses_and_ends_nothing(name):
    spec = with_schema(ref("A"), **CIRCLES[name])
    (operation,) = read_operations(spec)
    with pytest.raises(SandboxError, match="nested too deeply") as caught:
        Contract(spec).check(operation, {}, [], {"a": {}})
    assert caught.value.status == 400


def test_a_mapping_may_name_its_schemas_alone():
    mapping = {"cat": "Cat", "dog": "Dog"}
    pets = {**PETS, "discriminator": {"propertyName": "kind", "mapping": mapping}}
    spec = with_schema({"allOf": [pets, {"required": ["session"]}]}, Cat=CAT, Dog=DOG)
    (operation,) = read_operations(spec)
    Contract(spec).check(operation, {}, [], {**A_CAT, "session": "s"})
    with pytest.raises(SandboxError, match="lives"):
        Contract(spec).check(operation, {}, [], {"kind": "cat", "session": "s"})


def test_a_body_that_is_just_not_too_deep_for_json_is_no_failure_of_the_sandbox(sandbox, api):
    head = '{"chatId": "5511999999999@s.whatsapp.net", "session": "s", "type": "text", "text": '
    for levels in (90, 200, *range(940, 990, 4), 3_000, 9_940, 9_980, 20_000):
        body = head + '{"a":' * levels + "1" + "}" * levels + "}"
        response = api.post("/api/messages/send", content=body, headers={"Content-Type": "application/json"})
        assert response.status_code == 400, levels


@pytest.mark.parametrize("variants", [[CAT, DOG], [ref("Cat"), DOG]], ids=["all", "one"])
def test_variants_without_names_end_nothing_and_let_nothing_through(variants):
    """No mapping can lead to them, so that OpenAPI leaves them out; an adopted contract gives them names."""
    spec = with_schema({"oneOf": variants, "discriminator": {"propertyName": "kind"}}, Cat=CAT)
    (operation,) = read_operations(spec)
    contract = Contract(spec)

    def ask(body):
        read = contract.read_body(operation, "application/json", json.dumps(body).encode())
        contract.check(operation, {}, [], read)

    for body in (A_DOG, {"kind": "cat"}, {"kind": "dog"}):
        with pytest.raises(SandboxError) as caught:
            ask(body)
        assert caught.value.status == 400
