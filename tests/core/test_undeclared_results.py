"""Where the contract declares no shape for a result, any JSON comes through as it is."""

from __future__ import annotations

from typing import Any

import pytest

from titan._models.parsing import parse


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"data": {"a": 1}}', {"a": 1}),
        (b'{"a": 1}', {"a": 1}),
        (b"[1, 2]", [1, 2]),
        (b'"x"', "x"),
        (b'{"data": null}', None),
        (b'{"data": {"success": true}}', {"success": True}),
        (b"", None),
    ],
)
def test_any_json_is_the_result(body, value):
    assert parse(body, Any) == (value, None)


@pytest.mark.parametrize("body", [b"<html>", b'{"data": '])
def test_what_is_not_json_is_refused(body):
    with pytest.raises(ValueError, match="its body is"):
        parse(body, Any)
