"""An example of each operation in Python and in curl, from the examples of the contract.

Where the contract has none, as one of somebody else may, a value of the right type stands for each field that
is required.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Tuple
from urllib.parse import quote

from _contract.contract import Contract, Operation, Parameter, python_name
from _contract.document import iterate_operations, resolve, schema_name

from .schemas import fields_in, values_of, variants

SESSION = "default"
_WIDTH = 88
_DEEPEST = 4
_SEPARATOR = "# one example ends, the next begins"
_PLAIN = {"string": "text", "integer": 1, "number": 1.5, "boolean": True, "object": {}, "array": []}


class Example(NamedTuple):
    """One request, in two languages."""

    python: str
    curl: str


class Examples:
    """Makes examples.

    Args:
        contract: The contract.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._requests = {f"{one.verb} {one.path}": one for one in iterate_operations(contract.document)}
        self._sessions = {
            one["example"]
            for request in self._requests.values()
            for one in request.spec.get("parameters", [])
            if one.get("name") == "session" and isinstance(one.get("example"), str)
        }

    def of(self, operation: Operation) -> Example:
        """The ordinary call."""
        return self._make(operation, self._body(operation))

    def of_kind(self, operation: Operation, kind: str) -> Example:
        """The call with one kind of payload, with what this kind needs and has of its own."""
        return self._make(operation, self._body_of_kind(operation, kind))

    def with_client_token(self, operation: Operation) -> str:
        """The request that a client with a client token makes, in curl."""
        return self._curl(operation, operation.client_route or "", self._body(operation), "CLIENT_TOKEN")

    def answer(self, operation: Operation) -> Optional[str]:
        """What the server answers with, in JSON; None where the contract shows nothing."""
        responses = self._request(operation).get("responses", {})
        for status in ("200", "201", "2XX", "203"):
            for content in (
                resolve(self._contract.document, responses.get(status, {})).get("content", {}).values()
            ):
                found = self._examples_in(content)
                if found:
                    return _json(self._with_our_session(next(iter(found.values()))), indent=2)
        return None

    def _make(self, operation: Operation, body: Any) -> Example:
        return Example(self._python(operation, body), self._curl(operation, operation.route, body, "API_KEY"))

    def _request(self, operation: Operation) -> Dict[str, Any]:
        return self._requests[f"{operation.verb} {operation.route}"].spec

    def _examples_in(self, content: Dict[str, Any]) -> Dict[str, Any]:
        examples = {
            name: resolve(self._contract.document, one).get("value")
            for name, one in content.get("examples", {}).items()
        }
        return {**examples, **({"example": content["example"]} if "example" in content else {})}

    def _bodies(self, operation: Operation) -> Dict[str, Any]:
        stated = resolve(self._contract.document, self._request(operation).get("requestBody", {}))
        for content in stated.get("content", {}).values():
            return self._examples_in(content)
        return {}

    def _body(self, operation: Operation) -> Any:
        """The body of the ordinary call; None where there is none."""
        if operation.body is None:
            return None
        found = self._bodies(operation)
        if "usual" in found:
            return found["usual"]
        least, most = found.get("minimal"), found.get("maximal")
        if (
            isinstance(least, dict)
            and isinstance(most, dict)
            and not variants(self._contract, operation.body.schema)
        ):
            says_little = any(value in ("", False) for value in least.values())
            secrets = {name.partition(".")[2] for name in self._contract.sdk.secrets}
            more = most.keys() - least.keys()
            if least.keys() <= most.keys() and (more or says_little) and secrets.isdisjoint(more):
                return most
        if found:
            return least if least is not None else next(iter(found.values()))
        kinds = variants(self._contract, operation.body.schema)
        return self._made_up(kinds[0] if kinds else operation.body.schema)

    def _body_of_kind(self, operation: Operation, kind: str) -> Any:
        usual = self._body(operation)
        others = [
            one
            for one in variants(self._contract, operation.body.schema if operation.body else "")
            if one != kind
        ]
        for body in self._bodies(operation).values():
            if isinstance(body, dict) and self._is_of_kind(body, kind):
                shared = {field.name for one in others for field in fields_in(self._contract, one)}
                fields = {field.name: field for field in fields_in(self._contract, kind)}
                return {
                    name: usual.get(name, value)
                    if name in shared and not values_of(fields[name].schema)
                    else value
                    for name, value in body.items()
                    if name in fields and (fields[name].is_required or name not in self._common(operation))
                }
        return self._made_up(kind)

    def _common(self, operation: Operation) -> List[str]:
        """Fields that every kind of payload has."""
        kinds = variants(self._contract, operation.body.schema if operation.body else "")
        names = [{field.name for field in fields_in(self._contract, kind)} for kind in kinds]
        return sorted(set.intersection(*names)) if names else []

    def _is_of_kind(self, body: Dict[str, Any], kind: str) -> bool:
        fields = fields_in(self._contract, kind)
        names = {field.name for field in fields}
        return body.keys() <= names and all(
            body.get(field.name) in (field.schema["const"], None)
            for field in fields
            if "const" in field.schema
        )

    def _made_up(self, name: str) -> Dict[str, Any]:
        """A value of the right type for each required field of a schema."""
        return {
            field.name: self._value(field.schema, 0)
            for field in fields_in(self._contract, name)
            if field.is_required
        }

    def _value(self, schema: Any, depth: int) -> Any:
        found = resolve(self._contract.document, schema) if isinstance(schema, dict) else {}
        for word in ("example", "default", "const"):
            if word in found:
                return found[word]
        values = values_of(found)
        if values:
            return values[0]
        kind = found.get("type")
        kind = next((one for one in kind if one != "null"), None) if isinstance(kind, list) else kind
        name = schema_name(schema.get("$ref", "")) if isinstance(schema, dict) else None
        if name is not None and kind in ("object", None) and depth < _DEEPEST:
            return {
                field.name: self._value(field.schema, depth + 1)
                for field in fields_in(self._contract, name)
                if field.is_required
            }
        return _PLAIN.get(str(kind))

    def _argument(self, operation: Operation, parameter: Parameter) -> Any:
        if parameter.wire_name == "session":
            return SESSION
        for request in self._requests.values():
            for one in request.spec.get("parameters", []):
                if one["name"] == parameter.wire_name and one["in"] == "path" and "example" in one:
                    return str(one["example"])
        return parameter.wire_name

    def _with_our_session(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._with_our_session(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._with_our_session(one) for one in value]
        return SESSION if isinstance(value, str) and value in self._sessions else value

    def _python(self, operation: Operation, body: Any) -> str:
        arguments = [repr(self._argument(operation, one)) for one in operation.path]
        if operation.body is not None:
            given = self._with_our_session(body)
            if operation.line.session_in_body and isinstance(given, dict):
                given = {name: value for name, value in given.items() if name != "session"}
            arguments.append(repr(given))
        call = f"client.{operation.id}({', '.join(arguments)})"
        kind, schema = operation.result.kind, operation.result.schema
        first, is_secret = self._first_field(schema)
        shown = f".{first}" if first else ""
        name = python_name(schema)
        if name in ("", "client"):
            name = "result"
        if kind == "nothing":
            return call
        if kind == "bytes":
            return f"content = {call}\nprint(len(content), 'bytes')"
        if kind == "list":
            return f"for {name} in {call}:\n    print({name}{shown})"
        if kind == "model" and is_secret:
            return f"{name} = {call}\n{first} = {name}.{first}  # a secret, which no log should hold"
        if kind == "model":
            return f"{name} = {call}\nprint({name}{shown})"
        return f"print({call})"

    def _first_field(self, schema: str) -> Tuple[str, bool]:
        """The first attribute of a result, empty where it has none, and whether it is secret."""
        for field in fields_in(self._contract, schema):
            return python_name(field.name), f"{schema}.{field.name}" in self._contract.sdk.secrets
        return "", False

    def _curl(self, operation: Operation, route: str, body: Any, credential: str) -> str:
        path = route
        for one in operation.path:
            path = path.replace(f"{{{one.wire_name}}}", quote(str(self._argument(operation, one)), safe=""))
        options = "" if operation.verb == "GET" else f"-X {operation.verb} "
        if operation.result.kind == "bytes":
            options += "-L -o received "
        lines = [f'curl {options}"$TITAN_BASE_URL{path}"', f'-H "Authorization: Bearer $TITAN_{credential}"']
        if body is not None:
            given = self._with_our_session(body)
            if operation.line.session_in_body and isinstance(given, dict):
                given = {"session": SESSION, **given}
            text = _json(given)
            text = text if len(text) <= _WIDTH else _json(given, indent=2)
            lines += ['-H "Content-Type: application/json"', "-d '{}'".format(text.replace("'", "'\\''"))]
        return " \\\n    ".join(lines)


def _json(value: Any, indent: Optional[int] = None) -> str:
    return json.dumps(value, indent=indent, ensure_ascii=False)


def format_python(examples: List[str], folder: Path) -> List[str]:
    """Examples in the project's format, a little narrower.

    Args:
        examples: Their code.
        folder: The folder with the settings of ruff.
    """
    if not examples:
        return []
    code = f"\n{_SEPARATOR}\n".join(examples)
    command = [sys.executable, "-m", "ruff", "format", "--quiet", "--line-length", str(_WIDTH)]
    done = subprocess.run(
        [*command, "--stdin-filename", "example.py", "-"],
        cwd=folder,
        input=code,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise ValueError(f"an example is not Python: {done.stderr}")
    return [part.strip() for part in done.stdout.split(f"{_SEPARATOR}\n")]
