"""What importing loads, and which names the package offers."""

from __future__ import annotations

import ast
from typing import Dict, Set

import pytest

import titan
from tests.support.interpreter import loaded_by
from tests.support.project import ROOT
from titan.services._generated.attributes import ServiceAttributes

# --- what is loaded


def packages(modules: Set[str]) -> Set[str]:
    return {name.partition(".")[0] for name in modules}


def ours(modules: Set[str]) -> Set[str]:
    return {name for name in modules if name.startswith("titan.")}


DOMAINS = {f"titan.services.{name}" for name in vars(ServiceAttributes) if not name.startswith("_")}


@pytest.mark.parametrize("name", ["verify_webhook", "sign_webhook"])
def test_signing_loads_nothing_but_the_standard_library(name):
    # -S: no site-packages, and so nothing that they load at the start of every process.
    loaded = loaded_by(f"from titan import {name}", "-S")
    assert ours(loaded) == {"titan._signature"}
    assert loaded.isdisjoint({"typing", "re", "json", "logging", "dataclasses"})
    verified = "titan.verify_webhook(b'', titan.sign_webhook(b'', 'k'), 'k') or sys.exit(1)"
    assert ours(loaded_by(f"import titan; {verified}", "-S")) == {"titan._signature"}


def test_importing_the_package_loads_nothing():
    assert loaded_by("import titan", "-S") == {"titan"}


@pytest.mark.parametrize(
    "name", [name for name in titan.__all__ if name not in ("TitanClient", "DeadlineTransport")]
)
def test_only_the_client_loads_httpx(name):
    loaded = loaded_by(f"from titan import {name}")
    assert {"httpx", "httpcore", "ssl"}.isdisjoint(loaded)
    if name not in ("parse_webhook", "WebhookRouter"):
        assert "pydantic" not in loaded


def test_the_client_loads_no_types_and_no_services():
    loaded = loaded_by("from titan import TitanClient; TitanClient('https://api.example.com', 'titan_key')")
    assert "httpx" in loaded
    assert {"titan.types_gen", "titan.params_gen", "titan._models", "pydantic"}.isdisjoint(loaded)
    assert DOMAINS.isdisjoint(loaded)


@pytest.mark.parametrize("service", ["labels", "messages"])
def test_the_first_use_of_a_service_loads_that_service(service):
    loaded = loaded_by(
        f"from titan import TitanClient; TitanClient('https://api.example.com', 'titan_key').{service}"
    )
    assert "titan.types_gen" in loaded
    assert DOMAINS & loaded == {f"titan.services.{service}"}


@pytest.mark.parametrize("service", ["contacts", "messages", "sessions"])
def test_the_first_use_of_a_service_loads_no_webhooks_and_builds_no_type(service):
    unbuilt = f"""
from titan import TitanClient
TitanClient('https://api.example.com', 'titan_key').{service}
import titan.types_gen
from titan._models import TitanModel
models = [value for value in vars(titan.types_gen).values() if isinstance(value, type)]
models = [model for model in models if issubclass(model, TitanModel) and model is not TitanModel]
assert len(models) > 100 and not any(model.__pydantic_complete__ for model in models)
"""
    loaded = loaded_by(unbuilt)
    assert {"titan.webhooks", "titan.sandbox", "titan.opentelemetry"}.isdisjoint(loaded)


def test_the_types_can_be_had_without_the_client():
    loaded = loaded_by("from titan.types_gen import SendMessageRequest, SessionStatus")
    assert {"httpx", "titan.client", "titan.params_gen", "titan.services"}.isdisjoint(loaded)


def test_nothing_beyond_the_declared_dependencies_is_loaded():
    loaded = packages(
        loaded_by(
            "from titan import *\n"
            "client = TitanClient('https://api.example.com', 'titan_key')\n"
            "[getattr(client, name) for name in dir(client)]"
        )
    )
    for extra in (
        "starlette",
        "uvicorn",
        "jsonschema",
        "jsonschema_rs",
        "openapi_core",
        "segno",
        "yaml",
        "requests",
        "email_validator",
    ):
        assert extra not in loaded


# --- what is offered


@pytest.mark.parametrize("name", titan.__all__)
def test_each_public_name_can_be_imported_and_is_listed(name):
    assert getattr(titan, name) is not None
    assert name in dir(titan)
    scope: Dict[str, object] = {}
    exec(f"from titan import {name}", scope)
    assert scope[name] is getattr(titan, name)


def test_all_names_can_be_imported_at_once():
    loaded_by("from titan import *; TitanClient, verify_webhook, jid.user, PairingError, __version__")


def test_public_names_are_those_of_the_design():
    assert {
        "TitanClient",
        "Response",
        "Submitted",
        "verify_webhook",
        "sign_webhook",
        "jid",
        "__version__",
        "TitanError",
        "ConfigurationError",
        "APIConnectionError",
        "APITimeoutError",
        "APIResponseError",
        "APIStatusError",
        "BadRequestError",
        "AuthenticationError",
        "PermissionDeniedError",
        "NotFoundError",
        "ConflictError",
        "RateLimitError",
        "ServerError",
        "BadGatewayError",
        "ServiceUnavailableError",
        "PairingError",
        "WebhookError",
        "WebhookSignatureError",
        "WebhookInProgressError",
        "WebhookPayloadError",
        "TitanDeprecationWarning",
        "TitanSecurityWarning",
    } <= set(titan.__all__)
    assert len(titan.__all__) == len(set(titan.__all__))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'titan' has no attribute 'TitanCilent'"):
        _ = titan.TitanCilent
    with pytest.raises(ImportError):
        exec("from titan import TitanCilent")
    assert not hasattr(titan, "Transport")


def test_names_for_checkers_are_those_at_run_time():
    """What stands under TYPE_CHECKING in the package is what is loaded lazily."""
    tree = ast.parse((ROOT / "titan" / "__init__.py").read_text(encoding="utf-8"))
    (block,) = (
        node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    seen = {alias.asname for node in block.body for alias in node.names}
    assert seen | {"__version__"} == set(titan.__all__)
