"""The running sandbox under schemathesis: every response is as the spec declares.

schemathesis makes the requests of each operation: from the examples of the spec, from the bounds of its
schemas, at random from a fixed seed; valid ones and invalid ones. What it makes up names nothing that exists,
so each valid request goes out a second time with the ids of what the sandbox has. Then it follows what it
infers from the names of things: what one response brings is used in the next request, on a connected session.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Dict, Iterator

import hypothesis.core
import pytest
from hypothesis.vendor.pretty import RepresentationPrinter

from tests.support.project import CONTRACT as SPEC
from titan.sandbox import Sandbox

schemathesis = pytest.importorskip(
    "schemathesis", reason="schemathesis is not installed: it comes with the extra dev and needs Python 3.11"
)
requests = pytest.importorskip("requests")
# Its own integration in pytest is not used: `from_fixture` fails with pytest 9.2; `parametrize` makes up
# thousands of requests while tests are collected, also in runs of other tests, and needs the plugin. Both are
# made of `create_test`.
builder = pytest.importorskip("schemathesis.generation.hypothesis.builder")
# schemathesis replaces, for the whole process, what Hypothesis prints failing examples with by something that
# prints nothing: the other tests of this run would fail with `a=, b=`.
hypothesis.core.RepresentationPrinter = RepresentationPrinter

# Some five thousand requests, which take a minute.
pytestmark = pytest.mark.heavy

OPERATIONS = {
    operation["operationId"]: (path, method.upper())
    for path, item in SPEC["paths"].items()
    for method, operation in item.items()
}
WITHOUT_SUCCESS: Dict[str, str] = {}
"""Operations that never succeed here, and why."""

SEED = 1
CONFIG = {
    # Given here as well, since Hypothesis would choose its own when it finds that it runs in CI.
    "seed": SEED,
    "generation": {"with-security-parameters": False},
    # Methods that the spec does not have are left to test_validation.py.
    "phases": {"coverage": {"unexpected-methods": []}},
    # Left out are negative_data_rejection and positive_data_acceptance, because the spec does not draw the
    # line between good and bad requests where Titan does (one of `url` and `base64` has to be there), and
    # unsupported_method, ignored_auth and use_after_free, because test_validation.py and test_account_keys.py
    # are more exact there.
    "checks": {
        "enabled": False,
        "not_a_server_error": {"enabled": True},
        "status_code_conformance": {"enabled": True},
        "content_type_conformance": {"enabled": True},
        "response_headers_conformance": {"enabled": True},
        "response_schema_conformance": {"enabled": True},
    },
}
# Without a database of examples, which would add those that failed in another run.
SETTINGS = hypothesis.settings(
    max_examples=10,
    derandomize=True,
    database=None,
    deadline=None,
    # A slow machine is not a failure of the sandbox.
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)

SESSION = "my-session"
NUMBER = "5511999999999"
PERSON = f"{NUMBER}@s.whatsapp.net"
LISTS = {"chatIds": "chatId", "messageIds": "messageId", "participants": "contactId"}
"""Fields with several ids to the parameter or field that has one of them."""


class World:
    """The sandbox, with one thing of each kind that an operation can name."""

    def __init__(self, sandbox: Sandbox, http: Any, operation: str) -> None:
        self._sandbox = sandbox
        self._http = http
        self._operation = operation
        self._ids: Dict[str, str] = {}
        self._touched = True
        self.answers: Counter[int] = Counter()

    def ask(self, case: Any) -> int:
        """Send a request, check the response and return its status."""
        self._renew()
        response = case.call_and_validate(base_url=self._sandbox.base_url, session=self._http)
        self.answers[response.status_code] += 1
        # Earlier messages make no difference to sending, which has a third of all cases.
        if case.method != "GET" and self._operation not in ("messages.send", "messages.sendAsClient"):
            self._touched |= not 400 <= response.status_code < 500
        return response.status_code

    def with_ids(self, value: Any, name: str = "") -> Any:
        """Replace ids that were made up by those of what exists."""
        self._renew()
        if isinstance(value, dict):
            nested = {("quotedMessage", "id"): "messageId"}
            return {key: self.with_ids(one, nested.get((name, key), key)) for key, one in value.items()}
        if isinstance(value, list):
            return [self.with_ids(one, LISTS.get(name, "")) for one in value]
        return self._ids.get(name, value) if isinstance(value, str) else value

    def _renew(self) -> None:
        # Whenever a request can have changed anything, so that no case depends on those before it.
        if not self._touched:
            return
        self._touched = False
        self._sandbox.reset()
        self._ids = {"session": SESSION, "contactId": PERSON, "chatId": PERSON, "phoneNumber": NUMBER}
        service = self._operation.partition(".")[0]
        if service == "pairing":
            self._make("POST", "/api/sessions", {"name": SESSION, "start": True})
            return
        self._sandbox.connect(SESSION)
        here = f"/api/sessions/{SESSION}"
        if service in ("messages", "chats", "contacts", "labels", "lids", "media", "presence"):
            # It creates a chat and a contact too.
            image = {"session": SESSION, "chatId": PERSON, "type": "image", "base64": "iVBORw0KGgo="}
            message = self._make("POST", "/api/messages/send", image)
            self._ids.update(messageId=message["id"], mediaId=message["mediaId"])
        if service == "lids":
            contacts = self._make("GET", f"{here}/contacts")
            self._ids["lid"] = next(contact["lid"] for contact in contacts if "lid" in contact)
        elif service == "presence":
            self._make("POST", f"{here}/presence/{PERSON}/subscribe")
        elif service == "groups":
            group = {"session": SESSION, "name": "Support team", "participants": [PERSON]}
            self._ids["groupId"] = self._make("POST", f"{here}/groups", group)["id"]
            if self._operation == "groups.join":
                invite = self._make("GET", f"{here}/groups/{self._ids['groupId']}/invite")
                self._ids["code"] = invite["code"]
        elif service == "channels":
            self._ids["channelId"] = self._make("POST", f"{here}/channels", {"name": "Acme news"})["id"]
        elif service == "labels":
            self._ids["labelId"] = self._make("POST", f"{here}/labels", {"name": "New customer"})["id"]
        elif service == "webhooks":
            # The sandbox posts events to this machine only, and here nobody listens.
            self._ids["url"] = "http://127.0.0.1:9/titan/events"
            webhook = {"url": self._ids["url"], "enabled": False}
            self._ids["webhookId"] = str(self._make("POST", "/api/webhooks", webhook)["id"])
        elif service == "client_tokens":
            self._make("PUT", f"{here}/client-rules", {"recipientMode": "conversation"})
        elif service == "account_keys":
            key = {"label": "my-first-key", "lifetimeDays": 30, "scopes": ["*"]}
            self._ids["keyId"] = self._make("POST", "/api/account/keys", key)["id"]

    def _make(self, method: str, path: str, body: Any = None) -> Any:
        response = self._http.request(method, self._sandbox.base_url + path, json=body)
        assert response.ok, f"{method} {path}: {response.status_code} {response.text}"
        return response.json()["data"]


@pytest.fixture(scope="module")
def http(running_sandbox: Sandbox) -> Iterator[Any]:
    with requests.Session() as http:
        http.trust_env = False
        http.headers["Authorization"] = f"Bearer {running_sandbox.api_key}"
        yield http


@pytest.fixture(scope="module")
def schema() -> Any:
    return schemathesis.openapi.from_dict(SPEC, config=schemathesis.Config.from_dict(CONFIG))


@pytest.mark.parametrize("name", OPERATIONS)
def test_responses_are_as_the_spec_declares(running_sandbox, http, schema, record_property, name):
    world = World(running_sandbox, http, name)
    kinds: Counter[str] = Counter()

    def ask_with_ids(case, invalid):
        if "path" not in invalid:
            case.path_parameters = world.with_ids(case.path_parameters)
        if "body" not in invalid:
            case.body = world.with_ids(case.body)
        return world.ask(case)

    def check(case):
        invalid = {part.value for part, info in case.meta.components.items() if info.mode.is_negative}
        kinds["invalid" if invalid else "valid"] += 1
        made_up = [case.path_parameters, case.body]
        if not invalid and world.with_ids(made_up) != made_up:
            world.ask(case)
        if ask_with_ids(case, invalid) == 202:
            # It says nothing about the usual response, which comes without this preference.
            del case.headers["Prefer"]
            ask_with_ids(case, invalid)

    path, method = OPERATIONS[name]
    config = builder.HypothesisTestConfig(
        project=schema.config, modes=list(builder.HypothesisTestMode), settings=SETTINGS, seed=SEED
    )
    builder.create_test(operation=schema[path][method], test_func=check, config=config)()

    record_property("answers", dict(sorted(world.answers.items())))
    assert set(kinds) == {"invalid", "valid"}
    # With nothing but refusals, no usual response was checked.
    succeeded = any(200 <= status < 300 for status in world.answers)
    assert succeeded == (name not in WITHOUT_SUCCESS), f"{name} was answered with {dict(world.answers)}"


CHECKS_OF_CHAINS = {
    # Prose alone draws the line between good and bad requests in places, such as one of `url` and `base64`.
    "negative_data_rejection": {"enabled": False},
    "positive_data_acceptance": {"enabled": False},
}
FIELDS_OF_CHAINS = {"session": SESSION, "chatId": PERSON, "contactId": PERSON, "phoneNumber": NUMBER}
"""What no response brings, and what exists in the sandbox of each chain."""


def test_chains_of_requests_are_answered_as_the_spec_declares(running_sandbox, http, record_property):
    config = {"seed": SEED, "generation": CONFIG["generation"], "checks": CHECKS_OF_CHAINS}
    schema = schemathesis.openapi.from_dict(SPEC, config=schemathesis.Config.from_dict(config))
    base_url, headers = running_sandbox.base_url, dict(http.headers)
    answers: Counter[int] = Counter()
    succeeded: Counter[str] = Counter()
    followed: Counter[str] = Counter()

    def ask(method: str, path: str, **options: Any) -> Any:
        return http.request(method, base_url + path, **options).json()["data"]

    class Chain(schema.as_state_machine()):
        def setup(self):
            running_sandbox.reset()
            running_sandbox.connect(SESSION)
            (key,) = ask("GET", "/api/account/keys")
            other = ask("POST", "/api/account/keys", json={"label": "l", "lifetimeDays": 30, "scopes": ["*"]})
            # Without the key of its own requests, a chain would end.
            self.other_keys = {key["id"]: other["id"]}

        def get_call_kwargs(self, case):
            return {"base_url": base_url, "session": http, "headers": headers}

        def before_call(self, case):
            # A chain that has deleted it goes on without it.
            if SESSION in [one["name"] for one in ask("GET", "/api/sessions")]:
                running_sandbox.connect(SESSION)
            invalid = {part.value for part, info in case.meta.components.items() if info.mode.is_negative}
            path, body = case.path_parameters or {}, case.body
            if case.method == "DELETE":
                # In async mode it would only be accepted, and the thing still be there in the next step.
                case.headers.pop("Prefer", None)
            if "keyId" in path:
                path["keyId"] = self.other_keys.get(path["keyId"], path["keyId"])
            for part, fields in (("path", path), ("body", body)):
                if part not in invalid and isinstance(fields, dict):
                    fields.update((name, FIELDS_OF_CHAINS[name]) for name in fields.keys() & FIELDS_OF_CHAINS)
            if "webhooks" in case.path and "body" not in invalid and isinstance(body, dict) and "url" in body:
                body["url"] = "http://127.0.0.1:9/titan/events"

        def step(self, input):  # noqa: A002
            output = super().step(input)
            answers[output.response.status_code] += 1
            if 200 <= output.response.status_code < 300:
                succeeded[output.case.operation.label] += 1
                if input.transition is not None and input.is_applied:
                    followed[input.transition.id] += 1
            return output

    chains = hypothesis.settings(
        SETTINGS,
        max_examples=60,
        stateful_step_count=20,
        # To make a chain shorter takes longer than to read it.
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    Chain.run(settings=chains)
    record_property("answers", dict(sorted(answers.items())))
    record_property("operations that succeeded", len(succeeded))
    record_property("links that were followed", len(followed))
    assert len(succeeded) >= 20
    assert len(followed) >= 20
