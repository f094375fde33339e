"""What importing loads, what the package offers, and which module may know which."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Dict, Iterator, List, Set

import pytest

import titan
from tests.support.project import ROOT

PACKAGE = ROOT / "titan"

# --- what is loaded


def loaded_by(code: str, *options: str) -> Set[str]:
    """The modules that running some code in a new process adds to those that were there."""
    script = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
before = set(sys.modules)
{code}
added = set(sys.modules) - before
import json
print(json.dumps(sorted(added)))
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", *options, "-c", script], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    return set(json.loads(done.stdout))


def packages(modules: Set[str]) -> Set[str]:
    return {name.partition(".")[0] for name in modules}


def ours(modules: Set[str]) -> Set[str]:
    return {name for name in modules if name.startswith("titan.")}


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


@pytest.mark.parametrize("name", [name for name in titan.__all__ if name != "TitanClient"])
def test_only_the_client_loads_httpx(name):
    loaded = loaded_by(f"from titan import {name}")
    assert {"httpx", "httpcore", "ssl"}.isdisjoint(loaded)
    if name not in ("parse_webhook", "WebhookRouter"):
        assert "pydantic" not in loaded


def test_the_client_loads_no_types_and_no_services():
    loaded = loaded_by("from titan import TitanClient; TitanClient('https://api.example.com', 'titan_key')")
    assert "httpx" in loaded
    assert {"titan.types_gen", "titan.params_gen", "titan.services", "titan._model", "pydantic"}.isdisjoint(
        loaded
    )


def test_the_first_use_of_a_service_loads_that_service():
    loaded = loaded_by(
        "from titan import TitanClient; TitanClient('https://api.example.com', 'titan_key').labels"
    )
    assert "titan.types_gen" in loaded
    assert {name for name in loaded if name.startswith("titan.services.")} == {"titan.services.labels"}
    assert "titan.params_gen" not in loaded


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
    for extra in ("starlette", "uvicorn", "openapi_core", "segno", "yaml", "requests", "email_validator"):
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
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    (block,) = (node for node in tree.body if isinstance(node, ast.If) and is_type_checking(node.test))
    seen = {alias.asname for node in block.body for alias in node.names}
    assert seen | {"__version__"} == set(titan.__all__)


# --- which module may know which


def is_type_checking(test: ast.expr) -> bool:
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"


def run_time_imports(node: ast.AST) -> Iterator[ast.stmt]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.Import, ast.ImportFrom)):
            yield child
        elif isinstance(child, ast.If) and is_type_checking(child.test):
            for other in child.orelse:
                yield from run_time_imports(ast.Module([other], []))
        else:
            yield from run_time_imports(child)


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


PATHS = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imported_by(module: str) -> Set[str]:
    """Full names of the modules that a module imports at run time, in functions too."""
    path, found = PATHS[module], set()
    for node in run_time_imports(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
            continue
        origin = node.module or ""
        if node.level:
            parts = module.split(".")
            base = parts if path.name == "__init__.py" else parts[:-1]
            base = base[: len(base) - (node.level - 1)]
            origin = ".".join([*base, origin] if origin else base)
        for alias in node.names:
            submodule = f"{origin}.{alias.name}"
            found.add(submodule if submodule in PATHS else origin)
    return found


IMPORTS = {module: imported_by(module) for module in PATHS}
OURS = {
    module: {name.partition("titan.")[2] for name in names if name.startswith("titan.")}
    for module, names in IMPORTS.items()
}


def test_the_scan_sees_what_it_should():
    assert {"httpx", "titan._retry", "titan.errors"} <= IMPORTS["titan._transport"]
    assert {"titan._service", "titan._files", "titan.types_gen"} <= IMPORTS["titan.services.messages"]
    assert "titan._service" in IMPORTS["titan.client"]
    assert "titan.params_gen" not in IMPORTS["titan.services.messages"]


@pytest.mark.parametrize("package", ["httpx", "httpcore"])
def test_httpx_is_imported_in_one_file_only(package):
    importers = {module for module, names in IMPORTS.items() if package in packages(names)}
    assert importers == ({"titan._transport"} if package == "httpx" else set())


def test_nothing_imports_the_client():
    assert [module for module, names in OURS.items() if "client" in names] == []


def test_services_do_not_know_each_other():
    for module, names in OURS.items():
        if module.startswith("titan.services."):
            assert {name for name in names if name.startswith("services")} == set()
            assert names <= {"_service", "_transport", "_files", "types_gen", "errors"}


@pytest.mark.parametrize(
    ("module", "may_know"),
    [
        ("_privacy", set()),
        ("_first_use", set()),
        ("_files", set()),
        ("_signature", set()),
        ("jid", set()),
        ("errors", {"_privacy"}),
        ("_retry", {"errors"}),
        ("_deprecation", {"errors", "_first_use", "_privacy"}),
        ("_transport", {"_retry", "errors", "_deprecation", "_files", "_first_use"}),
        ("_model", {"_privacy", "_first_use"}),
        ("types_gen", {"_model"}),
        ("params_gen", {"types_gen"}),
        ("_parsing", {"_model", "_first_use"}),
        ("_results", {"errors"}),
        ("_service", {"_model", "_parsing", "_results", "_transport", "errors", "types_gen"}),
        ("client", {"_first_use", "_deprecation", "_transport", "_service", "errors"}),
    ],
)
def test_a_module_knows_only_what_is_below_it(module, may_know):
    assert OURS[f"titan.{module}"] <= may_know


def test_the_client_needs_neither_sandbox_nor_tests():
    for module, names in OURS.items():
        if not module.startswith("titan.sandbox"):
            assert {name for name in names if name.startswith("sandbox")} == set()


def test_dependencies_of_the_client_point_one_way():
    """No module is imported, by whatever way round, by one that it imports."""
    done: List[str] = []

    def visit(module: str, way: List[str]) -> None:
        assert module not in way, " -> ".join([*way, module])
        if module in done:
            return
        for name in sorted(OURS[module]):
            visit(f"titan.{name}", [*way, module])
        done.append(module)

    for module in ["titan.client", *(name for name in PATHS if name.startswith("titan.services."))]:
        visit(module, [])
    assert {"titan.client", "titan._transport", "titan.errors", "titan.types_gen"} <= set(done)
