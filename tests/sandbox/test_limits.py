"""Each limit of the contract is enforced: what is outside of it is refused by the name of the field."""

from __future__ import annotations

import copy

import pytest

from tests.support.operations import fill_path
from tests.support.project import CONTRACT
from tests.support.sandbox import BASE, TEXT, data_of, error_of
from titan.sandbox.spec.operations import load_spec, resolve

SPEC = load_spec()
IDS = {"webhookId": "1"}
LARGEST = 1000
"""Longer ones have tests of their own."""


def limits_of(schema, path=()):
    """Each limit in a schema, with the names that lead to it."""
    schema = resolve(SPEC, schema)
    for part in schema.get("allOf", ()):
        yield from limits_of(part, path)
    for keyword, limit in schema.items():
        if keyword in OUTSIDE:
            yield path, keyword, limit
    for name, field in schema.get("properties", {}).items():
        yield from limits_of(field, (*path, name))
    if "items" in schema:
        yield from limits_of(schema["items"], (*path, 0))


OUTSIDE = {
    "minimum": lambda limit, _value: limit - 1,
    "maximum": lambda limit, _value: limit + 1,
    "minLength": lambda limit, _value: "a" * (limit - 1),
    "maxLength": lambda limit, _value: "a" * (limit + 1),
    "minItems": lambda limit, value: value[: limit - 1],
    "maxItems": lambda limit, value: (value * (limit + 1))[: limit + 1],
    "pattern": lambda limit, _value: "http://example.com/a" if limit == "^https://" else "a b",
    "format": lambda _limit, _value: "no address",
    "enum": lambda _limit, _value: "nonsense",
}
"""Makes of each limit, and of a value that is right, one that is not."""


def find_holder(body, path):
    """The object or list in an example that has the last part of a path; None where the example lacks it."""
    for part in path[:-1]:
        if isinstance(part, int):
            body = body[part] if isinstance(body, list) and body else None
        else:
            body = body.get(part) if isinstance(body, dict) else None
    return body if isinstance(body, (dict, list)) else None


def variants_of(schema, value):
    """The schemas that a body has to fit."""
    schema = resolve(SPEC, schema)
    if "oneOf" in schema:
        mapping = schema["discriminator"]["mapping"]
        schema = resolve(SPEC, {"$ref": mapping[value["type"]]})
    return schema


def read_cases():
    """A body that breaks each limit, once for each operation and type of message."""
    found = {}
    for path, item in CONTRACT["paths"].items():
        for method, operation in item.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            for example in content.get("examples", {}).values():
                right = example["value"]
                for place, keyword, limit in limits_of(variants_of(content["schema"], right)):
                    if isinstance(limit, int) and limit > LARGEST:
                        continue
                    body = copy.deepcopy(right)
                    holder = find_holder(body, place)
                    if holder is None or (keyword.endswith("Items") and place[-1] not in holder):
                        continue
                    value = holder[place[-1]] if isinstance(holder, list) else holder.get(place[-1])
                    holder[place[-1]] = OUTSIDE[keyword](limit, value)
                    name = ".".join(str(part) for part in place)
                    case = "-".join([operation["operationId"], str(right.get("type", "")), name, keyword])
                    found.setdefault(case, (method, path, body, name))
    return found


CASES = read_cases()


@pytest.mark.parametrize(("method", "path", "body", "field"), CASES.values(), ids=CASES)
def test_value_outside_of_a_limit_is_refused_by_the_name_of_its_field(api, method, path, body, field):
    assert error_of(api.request(method, fill_path(path, IDS), json=body), 400).startswith(f"{field} must ")


def test_no_limit_of_a_body_is_left_out():
    tested = {(case.split("-")[0], *case.rsplit("-", 2)[1:]) for case in CASES}
    wanted = set()
    for item in CONTRACT["paths"].values():
        for operation in item.values():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            schema = resolve(SPEC, content.get("schema", {}))
            for variant in schema.get("oneOf", [schema]):
                for place, keyword, limit in limits_of(variant):
                    if not (isinstance(limit, int) and limit > LARGEST):
                        name = ".".join(str(part) for part in place)
                        wanted.add((operation["operationId"], name, keyword))
    assert wanted <= tested
    assert len(tested) > 50


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({"text": ""}, "text must have at least 1 characters"),
        ({"type": "image", "base64": "JVBERi0xLjQK"}, "base64 must be JPEG, PNG or WebP"),
        ({"type": "image", "base64": ""}, "base64 must be JPEG, PNG or WebP"),
        ({"type": "image", "base64": "R0lGODlh"}, "base64 must be JPEG, PNG or WebP"),
        ({"type": "image", "url": "http://example.com/a.jpg"}, "url must match ^https://"),
        ({"type": "video", "base64": "T2dnUwAC"}, "base64 must be MP4"),
        ({"type": "voice", "base64": "AAAAGGZ0eXBtcDQy"}, "base64 must be OGG or MP3"),
        ({"type": "sticker", "base64": "iVBORw0KGgo="}, "base64 must be WebP"),
        ({"type": "location", "latitude": 91, "longitude": 0}, "latitude must be at most 90"),
        ({"type": "location", "latitude": 0, "longitude": -181}, "longitude must be at least -180"),
        ({"type": "contact"}, "missing required field: contacts or vcard"),
        ({"type": "contact", "contacts": []}, "missing required field: contacts or vcard"),
    ],
)
def test_message_that_cannot_be_is_refused(sandbox, api, message, error):
    sandbox.connect("my-session")
    assert error_of(api.post("/api/messages/send", json={**TEXT, **message}), 400) == error
    assert sandbox.messages == []


@pytest.mark.parametrize(
    "message",
    [
        {"type": "file", "filename": "a", "base64": ""},
        {"type": "voice", "base64": "//sA"},
        {"type": "sticker", "base64": "UklGRhoAAABXRUJQVlA4"},
        {"type": "contact", "vcard": "BEGIN:VCARD"},
        {"type": "location", "latitude": -90, "longitude": 180},
    ],
)
def test_message_at_its_limits_is_sent(sandbox, api, message):
    sandbox.connect("my-session")
    data_of(api.post("/api/messages/send", json={**TEXT, **message}))


@pytest.mark.parametrize("picture", ["JVBERi0xLjQK", "", "T2dnUwAC"])
def test_picture_that_is_no_image_is_refused(me, titan, api, group, picture):
    for path in ("profile/picture", f"groups/{group.id}/picture"):
        refused = api.put(f"{BASE}/{path}", json={"session": "my-session", "base64": picture})
        assert error_of(refused, 400) == "base64 must be an image"
    assert titan.profile.get("my-session").profile_url is None


@pytest.mark.parametrize("days", [0, -5])
def test_key_that_would_not_live_is_refused(api, days):
    body = {"label": "k", "lifetimeDays": days, "scopes": ["*"]}
    assert error_of(api.post("/api/account/keys", json=body), 400) == "lifetimeDays must be at least 1"
