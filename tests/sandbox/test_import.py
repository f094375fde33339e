"""The package: what an import loads, and what it says without the extra."""

from __future__ import annotations

import sys

import pytest

import titan.sandbox
from tests.support.programs import python
from titan._distribution import install_hint


@pytest.mark.parametrize("name", titan.sandbox.__all__)
def test_without_the_extra_the_import_names_it(not_yet_loaded, monkeypatch, name):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(ImportError) as raised:
        getattr(titan.sandbox, name)
    assert str(raised.value) == f"titan.sandbox needs uvicorn: {install_hint('sandbox')}"
    with pytest.raises(ImportError, match="needs uvicorn"):
        from titan.sandbox import Sandbox  # noqa: F401


def test_a_broken_sdk_is_not_blamed_on_the_extra(not_yet_loaded, monkeypatch):
    monkeypatch.setitem(sys.modules, "titan.sandbox.server", None)
    with pytest.raises(ModuleNotFoundError, match=r"titan\.sandbox\.server"):
        _ = titan.sandbox.Sandbox


def test_package_alone_loads_nothing():
    code = (
        "import sys, titan.sandbox\n"
        "assert {'Options', 'Sandbox', 'SandboxError'} <= set(dir(titan.sandbox))\n"
        "assert not {'uvicorn', 'starlette', 'jsonschema_rs', 'titan.sandbox.server'} & set(sys.modules)\n"
        "from titan.sandbox import Options, Sandbox, SandboxError\n"
        "assert titan.sandbox.Sandbox is Sandbox and issubclass(SandboxError, Exception)\n"
        "assert titan.sandbox.Options is Options and 'qr_seconds' in Options.__annotations__"
    )
    with python("-W", "error", "-c", code) as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err


def test_package_has_no_other_names():
    with pytest.raises(AttributeError, match=r"module 'titan\.sandbox' has no attribute 'Nonsense'"):
        _ = titan.sandbox.Nonsense
