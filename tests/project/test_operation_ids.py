"""The operationIds of openapi.yaml are the names of the methods: both files call an operation alike."""

from __future__ import annotations

import pytest

from tests.support.contract_files import read_files
from tests.support.project import CONTRACT, ROOT

NAMES = {
    f"{verb.upper()} {path}": operation["operationId"]
    for path, item in CONTRACT["paths"].items()
    for verb, operation in item.items()
    if "x-sdk" in operation
}
SERVICES = {name.partition(".")[0] for name in NAMES.values()}
STATED = [
    (request, operation["operationId"])
    for request, operation in read_files(ROOT).openapi.items()
    if operation.get("operationId", "").partition(".")[0] in SERVICES
]


@pytest.mark.parametrize(("request_", "name"), STATED)
def test_operation_id_is_the_name_of_the_method(request_, name):
    assert NAMES.get(request_) == name, (
        f"openapi.yaml calls {request_} {name}, sdk.yaml {NAMES.get(request_)}: change one of them"
    )
