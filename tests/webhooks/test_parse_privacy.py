"""What an error tracker sees of a body that is not an event: nothing."""

from __future__ import annotations

import pytest

from tests.support.tracebacks import frames_of
from titan import WebhookPayloadError, parse_webhook

SECRET = "Meet me at the old mill"
BODIES = {
    "no JSON": f'{{"event": "message.received", "payload": {SECRET}',
    "cut off": f'{{"event": "message.received", "payload": {{"text": "{SECRET}',
    "two documents": f'{{"event": "message.received"}} "{SECRET}"',
    "no object": f'["{SECRET}"]',
    "a text": f'"{SECRET}"',
    "no name": f'{{"payload": {{"text": "{SECRET}"}}}}',
    "name of another type": f'{{"event": ["{SECRET}"]}}',
    "no UTF-8": f'\udcff{{"event": "message.received", "payload": "{SECRET}"}}',
    "HTML": f"<!doctype html>{SECRET}",
    "nested too deeply": f'{{"text": "{SECRET}", "event": {"[" * 100_000}',
}
FORMS = {
    "bytes": lambda body: body.encode("utf-8", "surrogateescape"),
    "bytearray": lambda body: bytearray(body, "utf-8", "surrogateescape"),
    "memoryview": lambda body: memoryview(body.encode("utf-8", "surrogateescape")),
    "str": str,
}


def error_of(get_body):
    """The error, raised where this test holds the body in no variable either."""
    with pytest.raises((WebhookPayloadError, TypeError)) as caught:
        parse_webhook(get_body())
    return caught.value


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("name", BODIES)
def test_error_and_its_frames_do_not_hold_the_body(name, form):
    error = error_of(lambda: form(BODIES[name]))
    assert type(error) is WebhookPayloadError
    assert (error.__cause__, error.__context__) == (None, None)
    assert SECRET not in f"{error!s} {error!r} {error.args}"
    ours = [frame for frame in frames_of(error) if frame.module.startswith("titan")]
    assert [frame.function for frame in ours] == ["parse_webhook"]
    assert [frame.function for frame in ours if SECRET in frame.shown] == []


@pytest.mark.parametrize("parsed", [{"text": SECRET}, [SECRET], (SECRET,)], ids=["dict", "list", "tuple"])
def test_body_that_was_parsed_already_is_not_held_either(parsed):
    given = [parsed]
    error = error_of(given.pop)
    assert type(error) is TypeError
    assert SECRET not in str(error)
    ours = [frame for frame in frames_of(error) if frame.module.startswith("titan")]
    assert len(ours) == 1
    assert SECRET not in ours[0].shown
