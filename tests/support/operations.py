"""A request for each operation of the contract, and whether its response conforms to it."""

from __future__ import annotations

import functools
import re
from typing import Any, Dict, Optional

import httpx
import pytest
from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from tests.support.project import CONTRACT

OPERATIONS = [
    pytest.param(path, method, operation, id=operation["operationId"])
    for path, item in CONTRACT["paths"].items()
    for method, operation in item.items()
]
"""Path, method and operation, to parametrize tests with."""


def example_body(operation: Dict[str, Any]) -> Optional[Dict[str, Any]]:
    """The smallest body that the contract shows."""
    if "requestBody" not in operation:
        return None
    examples = operation["requestBody"]["content"]["application/json"]["examples"]
    return {**examples.get("minimal", next(iter(examples.values())))["value"]}


def fill_path(path: str, ids: Dict[str, str]) -> str:
    """Put ids into a path; "x" where there is none of a name."""
    return re.sub(r"\{(\w+)\}", lambda found: ids.get(found[1], "x").replace("@", "%40"), path)


@functools.cache
def _openapi() -> OpenAPI:
    return OpenAPI.from_dict(CONTRACT, config=Config(spec_validator_cls=None))


def assert_conforms(response: httpx.Response, path: str, method: str) -> None:
    """Hold a response against the contract."""
    _openapi().validate_response(
        MockRequest("https://api.example.com", method, path, path_pattern=path, headers={}),
        MockResponse(
            response.content,
            headers=dict(response.headers),
            status_code=response.status_code,
            content_type=response.headers["Content-Type"],
        ),
    )
