"""docs/reference/ has a place for everything that there is, and for nothing else."""

from __future__ import annotations

import inspect
import re

import pytest
from typing_extensions import get_args

import titan
import titan.outbox
import titan.outbox.celery
import titan.sandbox
import titan.webhooks
from tests.support.events import CLASSES
from tests.support.openapi import (
    ALL_OPERATIONS,
    CLIENT_TOKEN_OPERATIONS,
    HELPERS,
    OPERATIONS,
    SCHEMAS,
    properties_of,
)
from tests.support.reference import FOLDER, name_in, sections
from titan import TitanClient, errors
from titan.outbox import Outbox, OutboxMessage, Pace
from titan.outbox.celery import use_celery
from titan.sandbox import Options, Sandbox
from titan.sandbox.__main__ import _parser
from titan.sandbox.base.settings import Settings, describe
from titan.sandbox.control.routes import ROUTES

DOMAINS = {path.stem: sections(f"operations/{path.name}") for path in (FOLDER / "operations").glob("*.md")}
SECTIONS = {title: section for page in DOMAINS.values() for title, section in page.items()}
CLIENT, ERRORS, WEBHOOKS = sections("client.md"), sections("errors.md"), sections("webhooks.md")
MODELS, SANDBOX, INDEX = sections("models.md"), sections("sandbox.md"), sections("index.md")
OUTBOX = sections("outbox.md")
ONE_OPERATION = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.id)


def test_every_operation_and_helper_has_a_section_and_nothing_else_has():
    shown = {title for title, section in SECTIONS.items() if section.level == 2}
    assert shown == {one.id for one in OPERATIONS} | HELPERS
    assert len(ALL_OPERATIONS) == len(OPERATIONS) + len(CLIENT_TOKEN_OPERATIONS)
    for service, page in DOMAINS.items():
        assert {title.partition(".")[0] for title, one in page.items() if one.level == 2} == {service}


@ONE_OPERATION
def test_an_operation_is_shown_with_its_requests_and_what_is_known_of_it(operation):
    section = SECTIONS[operation.id]
    assert section.text.startswith(f"\n`{operation.request}`\n")
    routes = [
        one.request
        for one in CLIENT_TOKEN_OPERATIONS
        if (one.service, one.name) == (operation.service, operation.name)
    ]
    assert re.findall(r"\*\*With a client token\*\*: `(.+?)`", section.text) == routes
    assert f"**Evidence**: {operation.evidence}, " in section.text
    assert ("**Repeated**: like a GET" in section.text) == operation.repeatable
    assert ("it must be connected" in section.text) == ("command" in operation.marks)
    (scopes,) = re.findall(r"\*\*Scope of the key\*\*: (.+)\.", section.text)
    assert re.findall(r"`(.+?)`", scopes) == list(operation.scopes)


@ONE_OPERATION
def test_the_arguments_of_an_operation_are_those_of_its_method(operation):
    method = getattr(_service(operation), operation.name)
    names = [name for name in inspect.signature(method).parameters if name != "self"]
    assert [name_in(row[0]) for row in SECTIONS[operation.id].rows("Argument")] == names


def _service(operation):
    with TitanClient("https://api.example.com", "titan_x") as client:
        return getattr(client, operation.service)


@ONE_OPERATION
def test_the_fields_of_a_payload_are_those_of_the_contract(operation):
    if operation.component is None:
        assert SECTIONS[operation.id].rows("Field") == []
        return
    kinds = [one["$ref"].rpartition("/")[2] for one in SCHEMAS[operation.component].get("oneOf", [])]
    for kind in kinds or [operation.component]:
        section = SECTIONS[kind if kinds else operation.id]
        shown = {name_in(row[0]) for row in section.rows("Field")}
        assert shown == properties_of(SCHEMAS[kind]).keys() - (
            {"session"} if operation.session_in_body else set()
        )


@ONE_OPERATION
def test_the_errors_of_an_operation_are_those_of_its_docstring(operation):
    docstring = inspect.getdoc(getattr(_service(operation), operation.name))
    raised = re.findall(r"^    (\w+Error): ", docstring.partition("Raises:")[2], re.MULTILINE)
    assert [name_in(row[0]) for row in SECTIONS[operation.id].rows("Raises")] == raised


def test_the_index_lists_every_operation_with_its_request():
    rows = [row for section in INDEX.values() for row in section.rows("Method")]
    shown = {name_in(row[0]): (re.findall(r"`([A-Z]+ \S+)`", row[1]), row[2]) for row in rows}
    assert shown == {
        one.id: (
            [
                one.request,
                *(
                    two.request
                    for two in CLIENT_TOKEN_OPERATIONS
                    if (two.service, two.name) == (one.service, one.name)
                ),
            ],
            one.evidence,
        )
        for one in OPERATIONS
    }


def test_every_schema_has_its_place():
    events = (FOLDER / "events.md").read_text(encoding="utf-8")
    bodies = {one.component for one in OPERATIONS}
    for name in SCHEMAS:
        places = [name in MODELS, name in SECTIONS, name in bodies, f"`{name}`" in events]
        assert any(places), f"{name} is described nowhere"
    assert set(MODELS) - {"Models"} <= set(SCHEMAS)


@pytest.mark.parametrize("name", sorted(set(MODELS) - {"Models"}))
def test_a_model_is_shown_with_its_fields_or_values(name):
    schema = SCHEMAS[name]
    rows = MODELS[name].rows("Attribute")
    assert {name_in(row[1]) for row in rows} == properties_of(schema).keys()
    for value in [*schema.get("enum", []), *schema.get("x-extensible-enum", [])]:
        assert f"`{value}`" in MODELS[name].text


def test_every_error_and_warning_has_a_section_with_its_attributes():
    classes = {
        name: value
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, (titan.TitanError, titan.TitanWarning))
    }
    assert set(ERRORS) - {"Errors and warnings", "RateLimit"} == classes.keys()
    assert [name_in(row[0]) for row in ERRORS["Errors and warnings"].rows("Name")] == list(classes)
    for name, cls in classes.items():
        bases = re.search(r"`titan\.\w+`, a kind of (.+)\.", ERRORS[name].text)
        assert bases, name
        assert [name_in(base) for base in bases[1].split(" and ")] == [
            base.__name__ for base in cls.__bases__
        ]
        own = {
            *(one for one in inspect.get_annotations(cls) if not one.startswith("_")),
            *(one for one, value in vars(cls).items() if isinstance(value, property)),
        }
        assert {name_in(row[0]) for row in ERRORS[name].rows("Attribute")} == own


def test_every_public_name_of_the_package_has_its_place():
    headings = {*CLIENT, *ERRORS, *WEBHOOKS, *SANDBOX}
    for name in set(titan.__all__) - {"__version__"}:
        assert {name, f"titan.{name}"} & headings, f"titan.{name} is described nowhere"
    text = "".join((FOLDER / page).read_text(encoding="utf-8") for page in ("webhooks.md", "sandbox.md"))
    for name in [*titan.webhooks.__all__, *titan.sandbox.__all__]:
        assert name in headings or f"`{name}`" in text, f"{name} is described nowhere"


def test_the_client_is_shown_with_its_arguments_services_and_methods():
    arguments = list(inspect.signature(TitanClient).parameters)
    assert [name_in(row[0]) for row in CLIENT["TitanClient"].rows("Argument")] == arguments
    services = [name_in(row[0]).partition(".")[2] for row in CLIENT["TitanClient"].rows("Attribute")]
    assert set(services) == set(DOMAINS)
    methods = {
        name for name, value in vars(TitanClient).items() if inspect.isfunction(value) and name[0] != "_"
    }
    assert methods == {title.partition(".")[2] for title in CLIENT if title.startswith("client.")}


def test_the_router_and_its_stores_are_shown_with_their_methods():
    router = [name for name in vars(titan.WebhookRouter) if name[0] != "_"]
    assert [title.partition(".")[2] for title in WEBHOOKS if title.startswith("router.")] == router
    arguments = list(inspect.signature(titan.WebhookRouter).parameters)
    assert [name_in(row[0]) for row in WEBHOOKS["WebhookRouter"].rows("Argument")] == arguments
    assert {"seen.claim", "seen.finish", "seen.release"} <= set(WEBHOOKS)


def test_everything_that_an_outbox_can_do_is_shown_with_its_arguments():
    methods = {name: value for name, value in inspect.getmembers(Outbox) if not name.startswith("_")}
    shown = [name_in(row[0]) for row in OUTBOX["Outbox"].rows("Method")]
    assert sorted(shown) == sorted(methods)
    assert shown == [title.partition(".")[2] for title in OUTBOX if title.startswith("outbox.")]
    calls = {"Outbox": Outbox, "Pace": Pace, "use_celery": use_celery}
    calls.update({f"outbox.{name}": methods[name] for name in shown})
    for title, call in calls.items():
        names = [name for name in inspect.signature(call).parameters if name != "self"]
        assert [name_in(row[0]) for row in OUTBOX[title].rows("Argument")] == names, title


def test_a_message_of_the_outbox_is_shown_with_its_attributes_and_statuses():
    assert {name_in(row[0]) for row in OUTBOX["OutboxMessage"].rows("Attribute")} == set(
        OutboxMessage.__slots__
    )
    assert tuple(re.findall(r"^- `(\w+)`: ", OUTBOX["Status"].text, re.MULTILINE)) == titan.outbox.STATUSES
    settled = re.findall(r"^- `(\w+)`: ", OUTBOX["SettledBy"].text, re.MULTILINE)
    assert tuple(settled) == get_args(titan.outbox.SettledBy)


def test_every_public_name_of_the_outbox_has_its_place():
    for name in [*titan.outbox.__all__, *titan.outbox.celery.__all__]:
        assert name in OUTBOX, f"{name} is described nowhere"


def test_everything_that_a_sandbox_can_do_is_shown():
    members = {name for name in dir(Sandbox) if not name.startswith("_")}
    attributes = {name_in(row[0]) for row in SANDBOX["Sandbox"].rows("Attribute")}
    sections_of_calls = {title.partition(".")[2] for title in SANDBOX if title.startswith("titan.")}
    assert attributes | sections_of_calls == members


def test_each_call_of_a_sandbox_is_shown_with_its_request():
    rows = SANDBOX["What a test can play"].rows("`Sandbox`")
    shown = {name_in(row[0]): row[1].strip("`") for row in rows}
    assert shown.pop("wait_for_deliveries") == ""
    expected = {route.call.__name__.lstrip("_"): f"{route.method} {route.path}" for route in ROUTES}
    assert {name: request for name, request in shown.items() if name in expected} == expected
    assert shown.keys() == expected.keys()


def test_settings_options_and_fixtures_of_the_sandbox_are_shown():
    settings = {name_in(row[0]): (row[2], row[3]) for row in SANDBOX["Settings"].rows("Setting")}
    assert settings.keys() == Options.__annotations__.keys()
    for name, (default, meaning) in settings.items():
        assert default == f"`{getattr(Settings, name)!r}`"
        assert meaning.lower() == f"{describe(name)}.".lower()
    flags = [", ".join(action.option_strings) for action in _parser()._actions]
    assert [row[0].strip("`") for row in SANDBOX["titan-sandbox"].rows("Option")] == flags
    assert {"titan_sandbox", "titan_client", "titan_webhook"} <= set(SANDBOX)


def test_every_event_has_its_section():
    assert set(sections("events.md")) - {"Events"} == set(CLASSES)


def test_a_helper_is_shown_with_its_arguments_and_errors():
    with TitanClient("https://api.example.com", "titan_x") as client:
        for helper in HELPERS:
            service, _, name = helper.partition(".")
            method = getattr(getattr(client, service), name)
            section = SECTIONS[helper]
            assert [name_in(row[0]) for row in section.rows("Argument")] == list(
                inspect.signature(method).parameters
            )
            raised = re.findall(
                r"^    (\w+Error): ", inspect.getdoc(method).partition("Raises:")[2], re.MULTILINE
            )
            assert [name_in(row[0]) for row in section.rows("Raises")] == raised
