"""The models and the TypedDicts: two runs of datamodel-codegen, and what it has no option for."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Dict, FrozenSet, Iterator, List, Set, Tuple

from _contract.contract import Contract, python_name
from _contract.document import references, schema_name
from _contract.errors import ContractError
from _contract.inline_schemas import OPEN_SET

from .text import format_module

MODELS = Path("titan") / "types_gen.py"
PARAMS = Path("titan") / "params_gen.py"

# Limits are documentation, stated in the descriptions: the server decides what it accepts.
_LIMITS = {
    *("minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("minProperties", "maxProperties"),
}
# Models that have more than fields, and where that stands.
BASES = {"JIDRef": "titan._models.ChatRef"}
# What events about messages say in one way. An event that has a field of such a name says it by itself.
_SAID_OF_MESSAGES = frozenset({"chatId", "senderId", "text"})
# An event declares in its own way what its base class says that every event has.
_READ_ONLY = "# pyright: reportIncompatibleMethodOverride=false"
_EMPTY = ' = ""'
_HOLDS_NAMES = frozenset({"properties", "patternProperties"})


def write_models(contract: Contract) -> str:
    """`types_gen.py`: every schema as a pydantic model."""
    schemas = {name: _open_set(schema) for name, schema in _model_schemas(contract).items()}
    code = _run_generator(contract, "models", schemas)
    code = _finish_models(code, _secret_fields(contract), _nullable_fields(contract))
    code = _fill_events(code, set(contract.events.values()))
    docstring = "The objects of the Titan API as pydantic models."
    return format_module(contract.folder, MODELS, docstring, code)


def write_params(contract: Contract) -> str:
    """`params_gen.py`: the schemas in request bodies as TypedDicts."""
    schemas, wanted = _model_schemas(contract), schemas_in_bodies(contract)
    chosen = {
        params_name(name): _refer_to_params(schema) for name, schema in schemas.items() if name in wanted
    }
    code = _finish_params(_run_generator(contract, "params", chosen), open_sets(contract))
    docstring = "Request bodies of the Titan API as TypedDicts: plain dicts, in wire names."
    return format_module(contract.folder, PARAMS, docstring, code)


def schemas_in_bodies(contract: Contract) -> Set[str]:
    """The names of all schemas that request bodies consist of."""
    found: Set[str] = set()
    ahead = [operation.body.schema for operation in contract.operations if operation.body is not None]
    while ahead:
        name = ahead.pop()
        if name in contract.schemas and name not in found:
            found.add(name)
            ahead.extend(_names_in(contract.schemas[name]))
    return found


def open_sets(contract: Contract) -> Dict[str, List[str]]:
    """The schemas that are names with a known set which stays open, and the known names."""
    return {name: schema[OPEN_SET] for name, schema in contract.schemas.items() if OPEN_SET in schema}


def params_name(schema: str) -> str:
    """`SendMessageRequest` becomes `SendMessageParams`, `ClientRules` becomes `ClientRulesParams`."""
    return re.sub("(Request)?$", "Params", schema, count=1)


def _names_in(node: Any) -> Iterator[str]:
    for reference in references(node):
        name = schema_name(reference)
        if name is not None:
            yield name


def _model_schemas(contract: Contract) -> Dict[str, Any]:
    """The schemas as Python has them: without limits, and without the `session` that the SDK fills in."""
    schemas: Dict[str, Any] = copy.deepcopy(contract.schemas)
    with_session: Set[str] = set()
    others: Set[str] = set()
    for operation in contract.operations:
        if operation.body is not None:
            (with_session if operation.line.session_in_body else others).add(operation.body.schema)
    for part in _parts(schemas, with_session):
        shared = any(part is other for other in _parts(schemas, others))
        part["required"] = [name for name in part.get("required", []) if name != "session"]
        if not part["required"]:
            del part["required"]
        if not shared:
            part.get("properties", {}).pop("session", None)
    result: Dict[str, Any] = _without_limits(schemas)
    return result


def _parts(schemas: Dict[str, Any], names: Set[str]) -> List[Dict[str, Any]]:
    """The schemas whose fields a body of one of these schemas can have at its top."""
    found: List[Dict[str, Any]] = []
    ahead: List[Any] = [schemas[name] for name in names if name in schemas]
    while ahead:
        node = ahead.pop()
        if any(node is one for one in found):
            continue
        found.append(node)
        for one in [node, *(part for word in ("allOf", "anyOf", "oneOf") for part in node.get(word, []))]:
            target = schemas.get(schema_name(one.get("$ref", "")) or "")
            if target is not None:
                ahead.append(target)
            elif one is not node:
                ahead.append(one)
    return found


def _without_limits(node: Any) -> Any:
    """A copy without the keywords that limit values; properties of the same names stay."""
    if isinstance(node, list):
        return [_without_limits(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: {name: _without_limits(schema) for name, schema in value.items()}
        if key in _HOLDS_NAMES
        else _without_limits(value)
        for key, value in node.items()
        if key not in _LIMITS
    }


def _open_set(schema: Dict[str, Any]) -> Dict[str, Any]:
    """A schema that lists its known names, where it has some, in the way that the generator understands."""
    if OPEN_SET not in schema:
        return schema
    known = [{"const": name} for name in schema[OPEN_SET]]
    return {"anyOf": [*known, {"type": "string"}], "description": schema.get("description", "")}


def _refer_to_params(node: Any) -> Any:
    """A copy that refers to the TypedDicts' names."""
    if isinstance(node, list):
        return [_refer_to_params(item) for item in node]
    if isinstance(node, dict):
        return {key: _refer_to_params(value) for key, value in node.items()}
    name = schema_name(node) if isinstance(node, str) else None
    return node if name is None else f"#/components/schemas/{params_name(name)}"


def _run_generator(contract: Contract, profile: str, schemas: Dict[str, Any]) -> str:
    """Run datamodel-codegen with a profile of pyproject.toml."""
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Titan", "version": "1"},
        "paths": {},
        "components": {"schemas": schemas},
    }
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "openapi.json"), Path(folder, "generated.py")
        source.write_text(json.dumps(document), encoding="utf-8")
        command = [sys.executable, "-m", "datamodel_code_generator", "--profile", profile]
        bases = {**BASES, **_bases_of_events(contract)}
        command += ["--base-class-map", json.dumps(bases)] if profile == "models" else []
        command += ["--input", str(source), "--output", str(target)]
        done = subprocess.run(command, cwd=contract.folder, capture_output=True, text=True)
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise ContractError(
                f"openapi.yaml: no types can be made of its schemas: {said[-1] if said else ''}"
            )
        return target.read_text(encoding="utf-8")


def is_message_event(contract: Contract, schema: str) -> bool:
    """Whether the schema of an event is about messages only, and leaves it to its class to say which chat."""
    names = [name for name, other in contract.events.items() if other == schema]
    own = fields_of_schema(contract, schema).keys()
    return all(name.startswith("message.") for name in names) and _SAID_OF_MESSAGES.isdisjoint(own)


def _bases_of_events(contract: Contract) -> Dict[str, str]:
    """The base class of every schema that is the body of a webhook."""
    bases = {True: "titan._models.MessageEvent", False: "titan._models.WebhookEvent"}
    return {schema: bases[is_message_event(contract, schema)] for schema in contract.events.values()}


def _fill_events(code: str, events: Set[str]) -> str:
    """Let `session` and `payload` of events be empty where they did not come, instead of None."""
    models = set(re.findall(r"^class (\w+)\((?!OpenEnum|RootModel)", code, flags=re.MULTILINE))

    def fill(found: re.Match[str]) -> str:
        name, kind, default = found["name"], found["kind"], found["default"]
        if name == "session" and kind == "str":
            return f"    session: str{default and _EMPTY}\n"
        if name == "payload" and kind in models:
            return f"    payload: {kind}{default and f' = Field(default_factory=factory_of({kind}))'}\n"
        return found[0]

    field = re.compile(
        r"^    (?P<name>session|payload): Optional\[(?P<kind>\w+)\](?P<default>(?: = None)?)\n", re.MULTILINE
    )
    classes = re.split(r"^(?=class )", code, flags=re.MULTILINE)
    return "".join(
        field.sub(fill, part) if part[len("class ") :].partition("(")[0] in events else part
        for part in classes
    )


def _secret_fields(contract: Contract) -> Dict[str, FrozenSet[str]]:
    """Which attributes of which models are secret, from `sdk.yaml`."""
    found: Dict[str, Set[str]] = {}
    for secret in contract.sdk.secrets:
        schema, _, field = secret.partition(".")
        if field not in fields_of_schema(contract, schema):
            raise ContractError(
                f"sdk.yaml: secrets: there is no {secret} in openapi.yaml; name the field that is secret "
                "now, or take the line out."
            )
        found.setdefault(schema, set()).add(python_name(field))
    return {schema: frozenset(fields) for schema, fields in found.items()}


def fields_of_schema(contract: Contract, schema: str) -> Dict[str, Any]:
    """The fields that a schema has, with those of its parts: what the contract says of each, by wire name."""
    return {
        name: field
        for part in _parts(contract.schemas, {schema})
        for name, field in part.get("properties", {}).items()
    }


def _nullable_fields(contract: Contract) -> Dict[str, FrozenSet[str]]:
    """Which attributes of which models may be null; others take None only because they may be missing."""
    found = {
        schema: frozenset(
            python_name(name)
            for part in _parts(contract.schemas, {schema})
            for name, field in part.get("properties", {}).items()
            if _allows_null(contract, field)
        )
        for schema in contract.schemas
    }
    return {schema: fields for schema, fields in found.items() if fields}


def _allows_null(contract: Contract, schema: Any, *around: str) -> bool:
    """Whether null fits a schema.

    Args:
        contract: The contract, in which references lead somewhere.
        schema: The schema.
        around: The schemas by whose references this one was reached.
    """
    if not isinstance(schema, dict):
        return schema is True
    name = schema_name(schema.get("$ref", ""))
    if name is not None:
        known = name in contract.schemas and name not in around
        return known and _allows_null(contract, contract.schemas[name], *around, name)
    types = schema.get("type", "null")
    values = schema.get("enum", [schema.get("const")])
    return (
        "null" in ([types] if isinstance(types, str) else types)
        and None in values
        and all(_allows_null(contract, part, *around) for part in schema.get("allOf", []))
        and all(
            any(_allows_null(contract, part, *around) for part in schema[word])
            for word in ("anyOf", "oneOf")
            if word in schema
        )
    )


def _finish_models(code: str, secrets: Dict[str, FrozenSet[str]], nullable: Dict[str, FrozenSet[str]]) -> str:
    """Put our bases where the generator has no option for them: open enums, times in UTC, marked fields.

    The configuration of each class goes, since the base class has it.
    """
    code = re.sub(r"\n    model_config = ConfigDict\(\n(?:        .*\n)*    \)\n", "\n", code)
    code = re.sub(r"^(class \w+)\((?:str, )?(?:Str)?Enum\):", r"\1(OpenEnum):", code, flags=re.MULTILINE)
    code = re.sub(r"\bdatetime\b(?=[\],]| =|$)", "Timestamp", code, flags=re.MULTILINE)
    code = re.sub(r"(['\"])\],\s*Literal\[(?=['\"])", r"\1, ", code)
    for schema, fields in sorted(nullable.items()):
        # A schema that is no object, such as a union, has no class; the classes of its parts have the fields.
        code, _ = _mark_fields(code, schema, "__titan_nullable__", fields)
    for schema, fields in sorted(secrets.items()):
        code, found = _mark_fields(code, schema, "__titan_secrets__", fields)
        if not found:
            raise ContractError(
                f"sdk.yaml: secrets: {schema} has fields that are secret, but is not an object."
            )
    imports = (
        "from typing import ClassVar, FrozenSet\n"
        "from pydantic import Field\n"
        "from titan._models import ChatRef, MessageEvent, OpenEnum, Timestamp, TitanModel, WebhookEvent\n"
        "from titan._models import factory_of\n"
    )
    code = re.sub(r"^from datetime import \w+\n|^from enum import \w+\n", "", code, flags=re.MULTILINE)
    code = re.sub(r"^from titan\._models import .*\n", "", code, flags=re.MULTILINE)
    code = re.sub(r"^from pydantic\.alias_generators import to_camel\n", "", code, flags=re.MULTILINE)
    code = code.replace("import ConfigDict, Field", "import Field").replace(
        "import ConfigDict\n", "import Field\n"
    )
    code = re.sub(r"^(?=from pydantic|class )", imports, code, count=1, flags=re.MULTILINE)
    return re.sub(r"^(?=class )", f"{_READ_ONLY}\n\n", code, count=1, flags=re.MULTILINE)


def _mark_fields(code: str, schema: str, mark: str, fields: FrozenSet[str]) -> Tuple[str, bool]:
    """List fields under a name at the top of a class; whether there is such a class."""
    line = f"    {mark}: ClassVar[FrozenSet[str]] = frozenset({{{', '.join(map(repr, sorted(fields)))}}})\n"
    code, found = re.subn(
        rf'(^class {schema}\(.*\):\n(?:    """(?:[^"\\]|\\.|"(?!""))*"""\n)?\n?)',
        lambda match: f"{match[1]}{line}\n",
        code,
        count=1,
        flags=re.MULTILINE,
    )
    return code, bool(found)


def _finish_params(code: str, open_names: Dict[str, List[str]]) -> str:
    """Let a TypedDict take the member of an enum beside its bare value, and complete names of open sets."""
    used = []
    for name in open_names:
        code, found = re.subn(
            rf'^{name}Params: TypeAlias = str\n(?:"""[^"]*"""\n)?', "", code, flags=re.MULTILINE
        )
        used += [name] if found else []
        code = re.sub(rf"\blist\[{name}Params\]", f"Names[{name}]", code)
        code = re.sub(rf"\b{name}Params\b", name, code)
    alias = r'^(\w+)Params: TypeAlias = (Literal\[[^\]]+\])\n(?:"""[^"]*"""\n)?'
    enums = re.findall(alias, code, flags=re.MULTILINE)
    code = re.sub(alias, "", code, flags=re.MULTILINE)
    for name, literal in enums:
        code = re.sub(rf"\b{name}Params\b", f"Union[{name}, {literal}]", code)
    imports = [
        f"from titan.types_gen import {name}\n" for name in sorted([*used, *(name for name, _ in enums)])
    ]
    if used:
        imports.append("from titan._models import Names\n")
    return re.sub(r"^class ", f"{''.join(imports)}\n\nclass ", code, count=1, flags=re.MULTILINE)
