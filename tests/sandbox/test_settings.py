"""Settings change while the sandbox runs, and are told in one place."""

from __future__ import annotations

import typing
from dataclasses import asdict, fields

import pytest

import titan.sandbox
from tests.support.sandbox import data_of, error_of
from tests.support.sessions import create_session, qr_of, refusal
from titan.sandbox import Sandbox
from titan.sandbox.__main__ import main
from titan.sandbox.base.settings import Options, Settings, describe


def test_settings_change_while_it_runs(sandbox, api):
    create_session(api, start=True)
    first = qr_of(api)
    # The code that is shown keeps its 20 seconds; the next one has the new lifetime.
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
    known = ", ".join(typing.get_type_hints(Options))
    assert error_of(response, 400) == f"unknown setting: nonsense (known: {known})"
    with pytest.raises(ValueError, match=r"^unknown setting: rate_limits \(known: clock, rate_limit, .*\)$"):
        Sandbox(rate_limits=5)
    with refusal(400, f"unknown setting: RateLimit (known: {known})"):
        sandbox.configure(RateLimit=5)
    create_session(api, start=True)
    assert qr_of(api).startswith("data:")


def test_a_change_of_one_setting_leaves_the_others(sandbox, api):
    sandbox.configure(qr_format="text", scan_after=5)
    sandbox.configure(scan_after=None)
    create_session(api, start=True)
    sandbox.advance(5)
    assert qr_of(api).startswith("2@")


def test_each_option_has_a_description_and_a_default_that_is_allowed():
    options = typing.get_type_hints(Options, include_extras=True)
    assert list(options) == [field.name for field in fields(Settings)]
    assert all(describe(name) for name in options)
    assert Settings().change(asdict(Settings())) == Settings()


def test_settings_have_the_types_of_the_options():
    options, settings = typing.get_type_hints(Options), typing.get_type_hints(Settings)
    # Without extras, so without the limits.
    assert settings == options


def test_docstring_of_the_sandbox_says_where_the_options_are_described():
    assert f"`{titan.sandbox.__name__}.{titan.sandbox.Options.__name__}`" in Sandbox.__doc__


def test_command_line_describes_its_settings_as_they_are(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = " ".join(capsys.readouterr().out.split())
    for name in ("rate_limit", "scan_after", "qr_seconds", "qr_format"):
        assert f"--{name.replace('_', '-')} " in shown
        assert describe(name) in shown
    assert f"{describe('rate_limit')} (100000)" in shown
    assert f"{describe('scan_after')} (" not in shown
