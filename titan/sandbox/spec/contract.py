"""Whether a request fits the contract."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from ..base.encoding import Json, parse_object
from ..base.errors import SandboxError
from .operations import Operation, load_spec, resolve
from .parameters import Parameter, read_parameters
from .sentences import explain
from .validation import Validator, narrow


class Contract:
    """The contract, ready to validate requests.

    One for each sandbox, used by its one thread. What an operation needs is compiled with its first request,
    for each value of a discriminator apart.

    Args:
        spec: The contract; that of the package when left out.
    """

    def __init__(self, spec: Optional[Json] = None) -> None:
        self._spec = load_spec() if spec is None else spec
        self._parameters: Dict[Tuple[str, str], List[Parameter]] = {}
        self._bodies: Dict[Tuple[str, str, Optional[str]], Validator] = {}

    def read_body(self, operation: Operation, content_type: str, raw: bytes) -> Any:
        """Parse the body of a request.

        Raises:
            SandboxError: 400.
        """
        if not operation.takes_body:
            return None
        if not raw:
            if operation.needs_body:
                raise SandboxError(400, "missing request body")
            return None
        if content_type.partition(";")[0].strip().lower() != "application/json":
            raise SandboxError(400, "the Content-Type of the body must be application/json")
        body = parse_object(raw)
        if operation.discriminator is not None:
            field, values = operation.discriminator
            if field not in body:
                raise SandboxError(400, f"missing required field: {field}")
            if body[field] not in values:
                raise SandboxError(400, f"{field} must be one of: {', '.join(values)}")
        return body

    def check(
        self,
        operation: Operation,
        path: Mapping[str, str],
        query: Sequence[Tuple[str, str]],
        body: Any,
    ) -> None:
        """Refuse a request that does not fit the contract.

        Args:
            operation: What it asks for.
            path: Its path parameters, decoded.
            query: Its query parameters, decoded.
            body: What `read_body` returned.

        Raises:
            SandboxError: 400, with a sentence that names the field.
        """
        for parameter in self._parameters_of(operation):
            sentence = parameter.find_error(path, query)
            if sentence is not None:
                raise SandboxError(400, sentence)
        if body is not None:
            try:
                error = self._validator_of(operation, body).find_error(body)
            except RecursionError:
                raise SandboxError(400, "the body is nested too deeply to be checked") from None
            if error is not None:
                raise SandboxError(400, explain(error))

    def _parameters_of(self, operation: Operation) -> List[Parameter]:
        key = (operation.path, operation.method)
        if key not in self._parameters:
            self._parameters[key] = read_parameters(self._spec, *key)
        return self._parameters[key]

    def _validator_of(self, operation: Operation, body: Any) -> Validator:
        value = None if operation.discriminator is None else body[operation.discriminator.field]
        key = (operation.path, operation.method, value)
        if key not in self._bodies:
            node = self._spec["paths"][operation.path][operation.method]["requestBody"]
            content = resolve(self._spec, node).get("content", {})
            schema = content.get("application/json", {}).get("schema", {})
            narrowed = schema if value is None else narrow(self._spec, schema, value)
            self._bodies[key] = Validator(self._spec, schema, narrowed)
        return self._bodies[key]
