"""Settings change while the sandbox runs, and are told in one place."""

from __future__ import annotations

import typing

import pytest

from tests.support.sandbox import data_of, error_of
from tests.support.sessions import create_session, qr_of, refusal
from titan.sandbox import Sandbox
from titan.sandbox.__main__ import main
from titan.sandbox.base.settings import Options, Settings


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
    assert error_of(response, 400) == "nonsense: extra inputs are not permitted"
    create_session(api, start=True)
    assert qr_of(api).startswith("data:")


def test_a_change_of_one_setting_leaves_the_others(sandbox, api):
    sandbox.configure(qr_format="text", scan_after=5)
    sandbox.configure(scan_after=None)
    create_session(api, start=True)
    sandbox.advance(5)
    assert qr_of(api).startswith("2@")


def described(name):
    """What the docstring of `Sandbox` says of an option."""
    field = Settings.model_fields[name]
    return f"`{name}`: {field.description}. Default: {field.default!r}."


@pytest.mark.parametrize("name", Settings.model_fields)
def test_docstring_of_the_sandbox_describes_each_option_as_the_settings_do(name):
    assert described(name) in " ".join(Sandbox.__doc__.split())


def test_type_checkers_know_the_options_that_there_are():
    options = typing.get_type_hints(Options)
    assert list(options) == list(Settings.model_fields)
    for name, field in Settings.model_fields.items():
        # The annotations of limits are for pydantic only.
        assert options[name] == without_limits(field.annotation), name


def without_limits(annotation):
    if typing.get_origin(annotation) is typing.Union:
        return typing.Union[tuple(map(without_limits, typing.get_args(annotation)))]
    return annotation.__origin__ if hasattr(annotation, "__metadata__") else annotation


def test_command_line_describes_its_settings_as_they_are(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = " ".join(capsys.readouterr().out.split())
    for name in ("rate_limit", "scan_after", "qr_seconds", "qr_format"):
        assert f"--{name.replace('_', '-')} " in shown
        assert Settings.model_fields[name].description in shown
