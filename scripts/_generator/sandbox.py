"""The contract as the sandbox reads it: both files in one, as JSON, which loads faster than YAML."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, Tuple

from _contract.contract import Contract
from _contract.document import VERBS
from _contract.sdk_file import OperationLine, ServiceBlock

from .text import BANNER

PATH = Path("titan") / "sandbox" / "spec" / "openapi.json"


def write_sandbox_contract(contract: Contract) -> str:
    """`openapi.json`: each operation with its id in the SDK, and what `sdk.yaml` says of it under `x-sdk`."""
    lines: Dict[str, Tuple[str, ServiceBlock, OperationLine]] = {
        request: (service, block, line)
        for service, block in contract.sdk.services.items()
        for request, line in block.operations.items()
    }
    paths = {}
    for path, item in contract.document["paths"].items():
        paths[path] = {
            key: _operation(value, *lines[f"{key.upper()} {path}"]) if key in VERBS else value
            for key, value in item.items()
        }
    document = {
        "x-generated": BANNER,
        "x-secrets": list(contract.sdk.secrets),
        **contract.document,
        "paths": paths,
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=str) + "\n"


def _operation(
    stated: Dict[str, Any], service: str, block: ServiceBlock, line: OperationLine
) -> Dict[str, Any]:
    sdk: Dict[str, Any] = {"service": service, "method": line.method, "evidence": line.evidence}
    if line.payload is not None:
        sdk["payload"] = line.payload
    sdk["is"] = sorted(line.marks)
    sdk["scopes"] = list(block.scopes if line.scopes is None else line.scopes)
    if line.session_in_body:
        sdk["session"] = "body"
    if line.long_with is not None:
        sdk["long_with"] = line.long_with
    if line.query:
        sdk["query"] = list(line.query)
    if line.for_client_token:
        sdk["for"] = "client_token"
    name = f"{line.method}AsClient" if line.for_client_token else line.method
    return {**stated, "operationId": f"{service}.{name}", "x-sdk": sdk}
