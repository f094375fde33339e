"""Settings change while the sandbox runs."""

from __future__ import annotations

from tests.support.sandbox import data_of, error_of
from tests.support.sessions import create_session, qr_of, refusal


def test_settings_change_while_it_runs(sandbox, api):
    create_session(api, start=True)
    first = qr_of(api)
    # The code that is shown keeps its 20 seconds, the next has the new time.
    data_of(api.post("/sandbox/settings", json={"qrSeconds": 5, "qrFormat": "text"}))
    assert qr_of(api).startswith("2@")
    sandbox.advance(20)
    second = qr_of(api)
    sandbox.advance(5)
    assert len({first, second, qr_of(api)}) == 3


def test_an_invalid_setting_changes_nothing(sandbox, api):
    with refusal(400, "qr_seconds: input should be greater than 0"):
        sandbox.configure(qr_format="text", qr_seconds=0)
    response = api.post("/sandbox/settings", json={"qrFormat": "text", "nonsense": 1})
    assert error_of(response, 400) == "nonsense: extra inputs are not permitted"
    create_session(api, start=True)
    assert qr_of(api).startswith("data:")


def test_a_change_of_one_setting_leaves_the_others(sandbox, api):
    sandbox.configure(qr_format="text", scan_after=5)
    sandbox.configure(scan_after=None)
    create_session(api, start=True)
    sandbox.advance(5)
    assert qr_of(api).startswith("2@")
