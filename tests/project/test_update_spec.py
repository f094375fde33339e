"""scripts/update_spec matches only what cannot be mistaken, tells what to decide, and adopts the rest."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import adopted_client, spec_variants
from tests.support.project import ROOT
from tests.support.repository import contents, copy_repository

for _module in ("datamodel_code_generator", "jinja2"):
    pytest.importorskip(_module, reason="NOT TESTED: the generator, which runs on the newest Python only")

sys.path.insert(0, str(ROOT / "scripts"))

from _adoption import needs  # noqa: E402
from _adoption.plan import make_plan  # noqa: E402
from _adoption.report import decisions, write_report  # noqa: E402
from _adoption.writing import build_document, objections  # noqa: E402
from _contract.contract import read_contract  # noqa: E402
from _contract.document import normalise, read_document  # noqa: E402
from _contract.inline_schemas import OPEN_SET  # noqa: E402
from _contract.sdk_file import SdkFile, dump, read_sdk_file  # noqa: E402

SDK = read_sdk_file(ROOT / "sdk.yaml")
LINES = {
    (service, line.method, line.for_client_token): (request, line)
    for service, block in SDK.services.items()
    for request, line in block.operations.items()
}
SCHEMAS = "#/components/schemas/"

ARCHIVE = "/api/sessions/{session}/chats/{chatId}/archive"
BLOCK = "/api/sessions/{session}/contacts/{contactId}/block"


@pytest.fixture(scope="module")
def contract():
    return read_document(ROOT / "openapi.yaml")


@pytest.fixture(scope="module")
def joined():
    """Our contract with sdk.yaml, as the generator has it."""
    return read_contract(ROOT)


@pytest.fixture
def plan(contract):
    """Plan the adoption of a changed contract."""

    def for_changes(*changes, sdk=SDK):
        return make_plan(contract, spec_variants.make(contract, *changes), sdk)

    return for_changes


def lines_after(plan):
    return {
        (service, line.method, line.for_client_token): (request, line)
        for service, block in plan.lines.services.items()
        for request, line in block.operations.items()
    }


def sdk_after(plan, names):
    return SdkFile(plan.lines.services, tuple(plan.secrets.after), names)


def with_line(service, old, new=None, **changes):
    """Our sdk.yaml after a person put another request in the place of one, or took its line out."""
    block = SDK.services[service]
    operations = {}
    for request, line in block.operations.items():
        if request != old:
            operations[request] = line
        elif new is not None:
            operations[new] = line._replace(**changes)
    return SDK._replace(services={**SDK.services, service: block._replace(operations=operations)})


def matched(plan):
    return {str(match.ours): str(match.theirs) for match in plan.matching.matches}


@pytest.mark.parametrize("name", spec_variants.VARIANTS)
def test_a_variant_keeps_every_method_mark_type_and_secret_that_it_still_has(plan, joined, name, tmp_path):
    found = plan(*spec_variants.VARIANTS[name])
    gone = {("contacts", "block", False)} if name in ("one_operation_less", "everything_at_once") else set()
    after = lines_after(found)
    assert {key: line for key, (_, line) in after.items() if key in LINES} == {
        key: line for key, (_, line) in LINES.items() if key not in gone
    }
    added = {key[:2]: line for key, (_, line) in after.items() if key not in LINES}
    is_more = name in ("one_operation_more", "everything_at_once")
    assert set(added) == ({("chats", "pin"), ("calls", "list")} if is_more else set())
    assert found.secrets.after == list(SDK.secrets)
    assert objections(found) == []

    document, names = build_document(found)
    spec_variants.write(document, tmp_path / "openapi.json").rename(tmp_path / "openapi.yaml")
    (tmp_path / "sdk.yaml").write_text(dump(sdk_after(found, names)), encoding="utf-8")
    adopted = read_contract(tmp_path)
    # Known names are lost where a file neither lists them nor names the schema.
    lost = {key for key, schema in joined.schemas.items() if OPEN_SET in schema}
    assert set(adopted.schemas) == set(joined.schemas) - (lost if name == "everything_at_once" else set())
    assert adopted.events == joined.events
    assert types_of_methods(adopted, gone) == types_of_methods(joined, gone)


def types_of_methods(contract, gone):
    """The payload's type and the result of each of our methods."""
    return {
        operation.id: (operation.body and operation.body.schema, operation.result[:2])
        for operation in contract.operations
        if (operation.service, operation.line.method, False) in set(LINES) - gone
    }


@pytest.mark.parametrize("name", ["renamed_schemas", "inline_bodies", "everything_at_once"])
def test_a_file_that_was_adopted_changes_nothing_when_it_is_adopted_again(contract, name):
    theirs = spec_variants.make(contract, *spec_variants.VARIANTS[name])
    first = make_plan(contract, theirs, SDK)
    document, names = build_document(first)
    sdk = sdk_after(first, names)
    second = make_plan(document, theirs, sdk)
    assert decisions(second) == []
    assert second.changes == []
    again, names_again = build_document(second)
    assert (again, sdk_after(second, names_again)) == (document, sdk)


def test_our_own_file_leaves_nothing_to_decide(plan):
    assert write_report(plan()) == (
        "Operations: 81 matched (81 where they were, 0 moved), 0 missing, 0 new.\n\n"
        "Schemas: 129 matched (0 of them have another name in the file).\n\n"
        "There is nothing to decide.\n"
    )


def test_the_report_says_which_fields_went_came_and_changed_type(plan):
    report = write_report(
        plan(
            spec_variants.one_field_more,
            spec_variants.one_field_less,
            spec_variants.one_field_of_another_type,
        )
    )
    assert (
        "Different:\n"
        "  Session: new: region\n"
        "  Contact: gone: businessName\n"
        "  Label: color: was integer, is string\n"
    ) in report


def test_the_report_names_enum_values_required_fields_and_union_members(plan):
    def change(document):
        schemas = spec_variants.schemas(document)
        schemas["SessionStatus"]["enum"] = ["CONNECTED", "DISCONNECTED", "PAUSED"]
        schemas["CreateLabelRequest"]["required"] = ["name", "color"]
        union = schemas["SendMessageRequest"]
        union["oneOf"] = [one for one in union["oneOf"] if one["$ref"] != f"{SCHEMAS}PollMessage"]
        del union["discriminator"]["mapping"]["poll"]

    report = write_report(plan(change))
    assert "SessionStatus: gone: CONNECTING\n  SessionStatus: new: PAUSED" in report
    assert "CreateLabelRequest: color: is required now" in report
    assert "SendMessageRequest: gone: poll" in report
    assert "Gone:\n  PollMessage" in report


def test_a_moved_prefix_is_one_line_of_the_report(plan):
    report = write_report(plan(spec_variants.moved_paths))
    assert "Moved:\n  /api/… is now /v2/whatsapp/…: 81 operations\n" in report


def test_a_new_operation_gets_a_line_and_the_report_says_so(plan):
    found = plan(spec_variants.one_operation_more)
    request, line = lines_after(found)["chats", "pin", False]
    assert request == "POST /api/sessions/{session}/chats/{chatId}/pin"
    assert (line.payload, line.evidence, line.marks, line.scopes) == (None, "documented", frozenset(), None)
    assert f"{request}  as chats.pin" in write_report(found)
    assert decisions(found) == []


def test_path_parameters_get_our_names(plan):
    found = plan(spec_variants.renamed_path_parameters)
    document, _ = build_document(found)
    path = "/api/sessions/{session}/groups/{groupId}/participants"
    assert lines_after(found)["groups", "promote", False][0] == f"POST {path}/promote"
    names = [parameter["name"] for parameter in document["paths"][path]["parameters"]]
    assert names == ["session", "groupId"]


def test_an_operation_with_an_id_of_its_own_is_found_where_it_moved_alone(plan):
    def change(document):
        document["paths"]["/api/sessions/{session}/people/{contactId}/blocked"] = document["paths"].pop(BLOCK)

    found = plan(change)
    moved = f"POST {BLOCK}", "POST /api/sessions/{session}/people/{contactId}/blocked"
    assert moved in matched(found).items()
    assert lines_after(found)["contacts", "block", False] == (moved[1], LINES["contacts", "block", False][1])
    assert f"contacts.block  {moved[0]} is now {moved[1]} (same operationId)" in write_report(found)


def test_events_are_found_by_their_constant_whatever_the_webhook_is_called(plan):
    def change(document):
        document["webhooks"] = {name.replace(".", "_"): item for name, item in document["webhooks"].items()}

    found = plan(change)
    document, _ = build_document(found)
    assert (found.lost_events, found.new_events) == ([], [])
    assert "message.received" in document["webhooks"]
    assert "message_received" not in document["webhooks"]


def test_one_webhook_for_all_events_becomes_one_an_event(plan):
    def change(document):
        members = [
            item["post"]["requestBody"]["content"]["application/json"]["schema"]
            for item in document["webhooks"].values()
        ]
        schema = {"oneOf": members, "discriminator": {"propertyName": "event"}}
        body = {"content": {"application/json": {"schema": schema}}}
        document["webhooks"] = {"event": {"post": {"requestBody": body, "responses": {}}}}

    document, _ = build_document(plan(change))
    assert len(document["webhooks"]) == 25
    body = document["webhooks"]["message.received"]["post"]["requestBody"]["content"]["application/json"]
    assert body["schema"] == {"$ref": f"{SCHEMAS}MessageReceivedEvent"}


def test_a_file_without_webhooks_keeps_our_events_with_their_schemas(plan, contract):
    def change(document):
        spec_variants.no_webhooks(document)
        for name in [name for name in spec_variants.schemas(document) if name.endswith(("Event", "Payload"))]:
            del spec_variants.schemas(document)[name]
        spec_variants.renamed_schemas(document)

    document, names = build_document(plan(change))
    assert list(document["webhooks"]) == list(contract["webhooks"])
    schemas = document["components"]["schemas"]
    status = schemas["SessionStatusPayload"]["properties"]["status"]["$ref"][len(SCHEMAS) :]
    # The payload of an event uses the status that a session has: theirs from now on.
    assert names[status] == "SessionStatus"
    assert "SessionStatus" not in schemas


@pytest.mark.parametrize("name", needs.SCHEMAS)
def test_what_hand_written_code_names_always_exists(plan, contract, name):
    def change(document):
        """Take it out of wherever it is used."""
        target = f"{SCHEMAS}{name}"
        spec_variants.replace(
            document, lambda node: {"type": "string"} if node.get("$ref") == target else node
        )
        del spec_variants.schemas(document)[name]

    document, names = build_document(plan(change, spec_variants.no_webhooks))
    assert document["components"]["schemas"][name] == contract["components"]["schemas"][name]
    assert name not in names


def test_a_service_of_titans_page_stays_without_operations(plan):
    def change(document):
        del document["paths"]["/api/sessions/{session}/lids/{lid}"]

    assert plan(change).lines.services["lids"].operations == {}


@pytest.mark.parametrize("name", spec_variants.DANGERS)
def test_a_dangerous_likeness_is_a_decision_and_its_marks_do_not_carry(plan, name):
    found = plan(*spec_variants.DANGERS[name])
    assert found.matching.missing
    assert {proposal.ours for proposal in found.matching.proposals} == set(found.matching.missing)
    after = lines_after(found)
    for request in found.matching.missing:
        method = found.matching.methods[request]
        # A program that calls the method must not reach what may be another operation.
        assert (method.service, method.name, False) not in after
    for new in found.lines.new:
        assert new.line.marks == frozenset()
        assert new.line.evidence == "documented"
    told = decisions(found)
    assert len(told) == len(found.matching.missing)
    for text, proposal in zip(told, found.matching.proposals):
        assert f"      {proposal.theirs}: {{method: " in text
        written = re.search(r"^ +(\S+ \S+: \{.*\})$", text, re.MULTILINE)
        assert written is not None
        assert " is: " not in written[1]
    assert objections(found) == []


def test_a_removed_operation_and_a_new_one_of_its_shape_end_as_two(plan):
    found = plan(spec_variants.removed_beside_a_new_one)
    (text,) = decisions(found)
    assert text == (
        f"chats.archive is missing (POST {ARCHIVE}). "
        "Is it POST /api/sessions/{session}/chats/{chatId}/notify? It looks alike.\n"
        "   If so, write in place of its line, in services: chats: operations:\n"
        "      POST /api/sessions/{session}/chats/{chatId}/notify: {method: archive}\n"
        "   Add `is: [command, idempotent]` only if that holds for it too.\n"
        f"   If not, take the line `POST {ARCHIVE}` out of services: chats: "
        "chats.archive goes (which --write does by itself)."
    )
    assert lines_after(found)["chats", "notify", False][1].marks == frozenset()


def test_the_line_that_a_person_moved_decides_with_the_marks_it_has(plan):
    new = "POST /api/sessions/{session}/chats/{chatId}/notify"
    sdk = with_line("chats", f"POST {ARCHIVE}", new, marks=frozenset({"command"}))
    found = plan(spec_variants.removed_beside_a_new_one, sdk=sdk)
    assert decisions(found) == []
    assert matched(found)[f"POST {ARCHIVE}"] == new
    request, line = lines_after(found)["chats", "archive", False]
    assert (request, line.marks) == (new, frozenset({"command"}))
    assert found.lines.new == []


def test_a_moved_line_is_understood_where_the_contract_has_no_ids(contract):
    new = "POST /api/account/keys/{keyId}"
    sdk = with_line("account_keys", "PATCH /api/account/keys/{keyId}", new)
    ours = spec_variants.make(contract, spec_variants.no_ids)
    found = make_plan(ours, spec_variants.make(contract, spec_variants.another_verb), sdk)
    assert decisions(found) == []
    assert found.pairing.pairs["UpdateAccountKeyRequest"] == "UpdateAccountKeyRequest"


def test_a_person_who_takes_a_line_out_has_decided_that_the_method_goes(plan):
    sdk = with_line("contacts", f"POST {BLOCK}")
    found = plan(spec_variants.one_operation_less, sdk=sdk)
    assert decisions(found) == []
    assert found.matching.missing == []


def test_a_line_that_a_person_wrote_for_a_new_operation_stays(plan):
    request = "POST /api/sessions/{session}/chats/{chatId}/pin"
    block = SDK.services["chats"]
    line = LINES["chats", "mute", False][1]._replace(method="fasten", payload=None)
    sdk = SDK._replace(
        services={**SDK.services, "chats": block._replace(operations={**block.operations, request: line})}
    )
    found = plan(spec_variants.one_operation_more, sdk=sdk)
    assert lines_after(found)["chats", "fasten", False] == (request, line)
    assert [str(new.request) for new in found.lines.new] == ["GET /api/sessions/{session}/calls"]


def test_a_prefix_that_two_operations_share_by_chance_is_no_move(plan):
    found = plan(spec_variants.removed_pair_beside_a_new_one)
    assert {str(request) for request in found.matching.missing} == {
        "POST /api/sessions/{session}/start",
        "POST /api/sessions/{session}/stop",
    }


def test_where_everything_moved_to_two_places_nothing_is_matched(plan):
    def change(document):
        spec_variants.moved_paths(document)
        spec_variants.no_ids(document)
        document["paths"].update(
            {path.replace("/v2/", "/v3/", 1): item for path, item in document["paths"].items()}
        )

    found = plan(change)
    assert found.matching.matches == []
    assert len(found.matching.missing) == 81
    assert objections(found)


def test_one_schema_for_several_is_a_decision_that_a_line_makes(plan):
    found = plan(spec_variants.one_schema_for_several)
    (text,) = decisions(found)
    assert text.startswith(
        "UpdateGroupPictureRequest stands where we have "
        "UpdateGroupPictureRequest and UpdateProfilePictureRequest."
    )
    assert "   UpdateGroupPictureRequest: UpdateProfilePictureRequest" in text
    assert len(objections(found)) == 1
    decided = SDK._replace(schemas={"UpdateGroupPictureRequest": "UpdateGroupPictureRequest"})
    found = plan(spec_variants.one_schema_for_several, sdk=decided)
    assert decisions(found) == objections(found) == []
    assert found.pairing.gone == ["UpdateProfilePictureRequest"]


def test_several_schemas_for_one_are_a_decision_that_a_line_makes(plan):
    found = plan(spec_variants.several_schemas_for_one)
    assert len(decisions(found)) == len(objections(found)) == 1
    decided = SDK._replace(schemas={"ClientRules": "ClientRules"})
    found = plan(spec_variants.several_schemas_for_one, sdk=decided)
    assert decisions(found) == objections(found) == []
    assert found.pairing.new == ["ClientRulesUpdate"]


def test_likeness_of_schemas_only_proposes_and_does_not_cross_from_requests_to_answers(plan):
    def change(document):
        """Participants stand in another form, as something alike; a request got something alike, too."""
        schemas = spec_variants.schemas(document)
        participant = schemas.pop("GroupParticipant")
        schemas["Attendee"] = {**participant, "required": []}
        schemas["Applicant"] = {**participant, "required": []}
        schemas["Group"]["properties"]["participants"] = {
            "type": "object",
            "additionalProperties": {"$ref": f"{SCHEMAS}Attendee"},
        }
        schemas["CreateGroupRequest"]["properties"]["applicant"] = {"$ref": f"{SCHEMAS}Applicant"}
        path = "/api/sessions/{session}/groups/{groupId}/participants"
        for operation in document["paths"][path].values():
            for response in operation["responses"].values():
                media = response.get("content", {}).get("application/json", {})
                media.pop("schema", None)

    found = plan(change)
    assert ("Attendee", "GroupParticipant") in found.pairing.proposals
    assert not any(theirs == "Applicant" for theirs, _ in found.pairing.proposals)
    assert "GroupParticipant" not in found.pairing.pairs.values()


def test_a_new_schema_does_not_take_the_name_of_one_that_stays(plan):
    def change(document):
        spec_variants.one_operation_more(document)
        schemas = spec_variants.schemas(document)
        schemas["Sess"] = schemas.pop("Session")
        spec_variants.replace(
            document,
            lambda node: (
                {**node, "$ref": f"{SCHEMAS}Sess"} if node.get("$ref") == f"{SCHEMAS}Session" else node
            ),
        )
        spec_variants.schemas(document)["Session"] = {
            "type": "object",
            "properties": {"seat": {"type": "string"}},
        }
        calls = document["paths"]["/api/sessions/{session}/calls"]["get"]["responses"]["200"]
        calls["content"]["application/json"]["schema"] = {"$ref": f"{SCHEMAS}Session"}

    found = plan(change)
    assert found.pairing.python_names["Sess"] == "Session"
    assert found.pairing.python_names["Session"] == "OtherSession"


def test_the_list_of_helpers_names_operations_that_exist():
    assert {(method.service, method.name, method.for_client_token) for method in needs.HELPERS} <= set(LINES)


@pytest.mark.parametrize("method", needs.HELPERS, ids=str)
def test_a_missing_operation_that_a_helper_needs_is_told_by_name_and_refused(plan, method):
    request, _ = LINES[method.service, method.name, method.for_client_token]
    verb, path = request.split(" ", 1)

    def change(document):
        del document["paths"][path][verb.lower()]

    found = plan(change)
    assert len(objections(found)) == 1
    for helper in needs.HELPERS[method]:
        assert helper in decisions(found)[0]
        assert helper in objections(found)[0]


def test_a_query_parameter_that_only_a_helper_uses_is_missed(plan):
    def change(document):
        operation = document["paths"]["/api/sessions/{session}/pairing/qr"]["get"]
        operation["parameters"] = [
            one
            for one in operation["parameters"]
            if "Format" not in one.get("$ref", "") and one.get("name") != "format"
        ]

    found = plan(change)
    assert "pairing.qr has no query parameter `format` any more, which a helper uses." in write_report(found)
    assert lines_after(found)["pairing", "qr", False][1].query == ()


def test_what_a_line_says_of_a_body_follows_the_body(plan):
    def change(document):
        del spec_variants.schemas(document)["OutgoingMessage"]["properties"]["session"]
        spec_variants.schemas(document)["OutgoingMessage"]["required"].remove("session")
        del document["paths"]["/api/sessions/{session}/chats/{chatId}/mute"]["post"]["requestBody"]

    found = plan(change)
    assert not lines_after(found)["messages", "send", False][1].session_in_body
    assert lines_after(found)["messages", "send", False][1].long_with == "url"
    assert lines_after(found)["chats", "mute", False][1].payload is None
    report = write_report(found)
    assert "messages.send has no `session` in its request body any more." in report
    assert "chats.mute has no request body any more." in report


def test_a_lost_secret_is_a_decision_and_what_is_new_there_is_hidden_meanwhile(plan):
    def change(document):
        properties = spec_variants.schemas(document)["AccountKey"]["properties"]
        properties["plaintext"] = properties.pop("key")
        required = spec_variants.schemas(document)["AccountKey"].get("required", [])
        required[:] = ["plaintext" if name == "key" else name for name in required]

    found = plan(change)
    (text,) = decisions(found)
    assert text.startswith("The secret field AccountKey.key is gone.")
    assert "AccountKey.plaintext" in text
    assert "AccountKey.plaintext" in found.secrets.after
    assert "AccountKey.key" not in found.secrets.after
    decided = tuple("AccountKey.plaintext" if one == "AccountKey.key" else one for one in SDK.secrets)
    found = plan(change, sdk=SDK._replace(secrets=decided))
    assert decisions(found) == []
    assert found.secrets.after == list(decided)


def test_new_fields_that_sound_like_secrets_are_pointed_out(plan):
    def change(document):
        spec_variants.schemas(document)["Session"]["properties"]["accessToken"] = {"type": "string"}

    assert "secrets (list them in sdk.yaml if they are):\n  Session.accessToken" in write_report(plan(change))


@pytest.fixture
def repository(tmp_path):
    """A copy of the repository, where scripts run in the interpreter of the tests."""
    copied = copy_repository(tmp_path / "repository")
    # Nothing that a test runs may reach for an environment: building one anew begins with emptying it.
    (copied / "scripts" / "_environment.py").write_text(
        "def run_in_newest(extras, minimum):\n    pass\n", encoding="utf-8"
    )
    return copied


def run(repository, *command, **options):
    environment = {**os.environ, "PYTHONPATH": str(repository), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=repository,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        **options,
    )


def update(repository, document, *options):
    file = repository.parent / "theirs.json"
    if isinstance(document, str):
        file.write_text(document, encoding="utf-8")
    else:
        spec_variants.write(document, file)
    return run(repository, "scripts/update_spec", file, *options)


def test_without_write_nothing_is_written(repository, contract):
    before = contents(repository)
    done = update(repository, spec_variants.make(contract, spec_variants.everything_at_once))
    assert (done.returncode, done.stderr) == (1, "")
    assert "80 moved" in done.stdout
    assert contents(repository) == before


def test_our_own_file_is_adopted_without_a_change(repository, contract):
    before = contents(repository)
    done = update(repository, contract, "--write")
    assert (done.returncode, done.stderr) == (0, "")
    assert contents(repository) == before


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"swagger": "2.0"}', "/swagger says 2.0; only OpenAPI 3.0 and 3.1 are understood."),
        (
            '{"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": {"200": 7}}}}}',
            "/paths//a/get/responses/200 is not built as OpenAPI says: 7 is not of type",
        ),
    ],
)
def test_a_file_that_cannot_be_used_ends_with_2_and_one_sentence(repository, text, sentence):
    done = update(repository, text, "--write")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_write_refuses_while_an_operation_is_missing_that_a_helper_needs(repository, contract):
    def change(document):
        del document["paths"]["/api/messages/send"]

    before = contents(repository)
    done = update(repository, spec_variants.make(contract, change), "--write")
    assert done.returncode == 1
    assert "nothing was written: messages.send is missing" in done.stderr
    assert contents(repository) == before


def test_write_puts_the_files_back_where_the_generator_refuses(repository, contract):
    def change(document):
        """A body that cannot be sent."""
        operation = document["paths"]["/api/sessions/{session}/labels"]["post"]
        operation["requestBody"]["content"] = {"multipart/form-data": {"schema": {"type": "object"}}}

    before = contents(repository)
    done = update(repository, spec_variants.make(contract, change), "--write")
    assert done.returncode == 2
    assert "the request body is not JSON" in done.stderr
    assert contents(repository) == before


def calls_of(contract, document):
    """Methods to call in an adopted copy, with the routes that must be reached."""
    moved = "/v2/whatsapp" if "/v2/whatsapp/messages/send" in document["paths"] else "/api"
    message = {"chatId": "x@g.us", "type": "text", "text": "Hi"}
    calls = {
        "messages.send": ["my-session", message],
        "sessions.list": [],
        "labels.update": ["my-session", "7", {"name": "New"}],
    }
    routes = [
        ["POST", f"{moved}/messages/send"],
        ["GET", f"{moved}/sessions"],
        ["PUT", f"{moved}/sessions/my-session/labels/7"],
        ["GET", f"{moved}/sessions/my-session"],
        ["GET", f"{moved}/sessions/my-session/pairing/qr"],
        ["POST", f"{moved}/messages/send"],
        ["POST", f"{moved}/sessions/my-session/media/med_1/download"],
        ["POST", f"{moved}/sessions/my-session/messages/send"],
    ]
    return calls, routes


def check_adopted(repository, contract, name):
    document = spec_variants.make(contract, *spec_variants.VARIANTS[name])
    done = update(repository, document, "--write")
    is_less = name in ("one_operation_less", "everything_at_once")
    assert (done.returncode, done.stderr) == (1 if is_less else 0, "")
    calls, routes = calls_of(contract, spec_variants.make(document, base_path_in_paths))
    called = run(repository, adopted_client.__file__, json.dumps(calls))
    assert called.returncode == 0, called.stderr
    package, requests = json.loads(called.stdout)
    assert Path(package).is_relative_to(repository)
    assert requests == routes


def base_path_in_paths(document):
    if document.get("servers", [{}])[0].get("url", "").endswith("/api"):
        document["paths"] = {f"/api{path}": item for path, item in document["paths"].items()}


def test_an_adopted_contract_imports_and_reaches_the_new_routes(repository, contract):
    check_adopted(repository, contract, "everything_at_once")
    assert run(repository, "-c", "from titan.services.calls import *").returncode == 0


@pytest.mark.heavy
def test_what_an_adopted_variant_changes_has_types(repository, contract, tmp_path):
    # It changes most of what is written; the tests above go through all.
    check_adopted(repository, contract, "everything_at_once")
    # What --write leaves is what the generator makes, and it is in normal form.
    assert run(repository, "scripts/generate", "--check").returncode == 0
    adopted = read_document(repository / "openapi.yaml")
    assert normalise(adopted) == adopted
    checked = run(repository, "-m", "mypy", "titan", "--cache-dir", tmp_path)
    assert checked.returncode == 0, checked.stdout
