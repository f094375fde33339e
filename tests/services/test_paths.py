"""No id can reach another route: it is refused before anything is sent, or it is one segment on the wire."""

import contextlib
import io
import string
from urllib.parse import unquote

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.fake_server import FakeServer, json_response
from tests.support.hostile_texts import hostile, many_runs, refusal_of
from tests.support.loopback import answer_success, serving
from tests.support.openapi import CLIENT_TOKEN_OPERATIONS, OPERATIONS, snake
from titan import APIResponseError, TitanClient

WITH_PATH = [one for one in OPERATIONS if one.path_parameters]
IDS = [(one, name) for one in WITH_PATH for name in one.path_parameters if name != "session"]
each_id = pytest.mark.parametrize(("operation", "name"), IDS, ids=[f"{one.id}-{name}" for one, name in IDS])
with_session = pytest.mark.parametrize(
    "operation",
    [one for one in OPERATIONS if "session" in one.parameter_names] + CLIENT_TOKEN_OPERATIONS,
    ids=lambda one: one.id,
)

REFUSED = {
    "empty": "",
    "dot": ".",
    "dots": "..",
    "null": "a\0b",
    "line feed": "a\nb",
    "request splitting": "x HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "tab": "\tx",
    "delete": "x\x7f",
    "next line": "x\x85",
    "C1": "x\x9f",
    "lone surrogate": "x\ud800",
    "low surrogate": "\udc00x",
    "smuggled bytes": b"..\xff".decode("utf-8", "surrogateescape"),
    "traversal": "../../account/keys",
    "traversal with backslashes": "..\\..\\account",
    "traversal in the middle": "a/../../b",
    "dot in the middle": "a/./b",
    "both slashes": "a\\../b",
    "dots and slash": "../",
    "dots at the end": "a/..",
    "dots before a parameter": "..;x=1/account",
    "longer than any URL": "x" * 100_000,
}
ONE_SEGMENT = {
    "slash": "a/b",
    "trailing slash": "a/",
    "leading slash": "/a",
    "double slash": "//evil.example/a",
    "slash alone": "/",
    "three dots": "...",
    "three dots and slash": ".../a..b/..c",
    "encoded dots": "%2e%2e",
    "encoded dot": "%2E",
    "encoded slash": "a%2Fb",
    "encoded traversal": "%2e%2e%2f%2e%2e%2faccount",
    "twice encoded": "%252e%252e%252f",
    "overlong slash": "%c0%af",
    "encoded null": "a%00",
    "encoded line feed": "a%0d%0aX: y",
    "percent": "%",
    "broken escape": "%zz",
    "query": "a?admin=true",
    "question mark": "?",
    "fragment": "a#b",
    "hash": "#",
    "matrix": "a;b=c",
    "user info": "user:pass@evil.example",
    "scheme": "https://evil.example",
    "port": ":8080",
    "ampersand": "a&b=c",
    "plus": "+5511999999999",
    "space": "a b",
    "space alone": " ",
    "spaces around": " .. ",
    "braces": "{session}",
    "brackets": "[::1]",
    "quotes": "\"'`<>|^",
    "accents": "ção",
    "fullwidth dots": "．．",
    "fullwidth slash": "a／b",
    "one dot leader": "․․",
    "emoji": "👍🏽",
    "line separator": "a\u2028b",
    "right to left": "\u202eabc",
    "zero width": "\u200b",
    "byte order mark": "\ufeff",
    "beyond the base plane": "\U0010ffff",
    "long": "x" * 10_000,
    "unreserved": "aZ09-._~",
    "template": "%s%(x)s{0}",
    "jid": "5511999999999@s.whatsapp.net",
}
SESSION_NAMES = [
    "a", "Z", "0", "my-session", "_", "-", "a.b", "...", ".a", "a..", "..a", "con", "x" * 64, "A.b_c-9",
]  # fmt: skip
NO_SESSION_NAMES = [
    *REFUSED.values(), *(value for value in ONE_SEGMENT.values() if value != "..."),
    "x" * 65, "a\n", "\na", "٣", "ａ", "é", "a b", "\u017f", "\u212a",
]  # fmt: skip
NO_STRINGS = [None, b"x", bytearray(b"x"), True, 1.5, ["x"], ("x",), {"x": 1}, object()]


def call(client, operation, **ids):
    # What the request looked like is what counts here, not what came back.
    with contextlib.suppress(APIResponseError):
        operation.bind(client)(*operation.arguments(operation.payload(), **ids))


def is_one_segment(target, operation, name, value):
    """Whether the target is the operation's, with the value as the one segment that stands for `name`."""
    segments, template = target.split("/"), operation.path.split("/")
    if len(segments) != len(template) or set(target) & set("?#\\"):
        return False
    wanted = {f"{{{parameter}}}": example for parameter, example in operation.path_parameters.items()}
    wanted[f"{{{name}}}"] = value
    decoded = [unquote(segment, errors="strict") for segment in segments]
    return decoded == [wanted.get(part, part) for part in template]


def test_the_judge_of_targets_sees_what_is_wrong():
    operation = next(one for one in WITH_PATH if one.id == "contacts.block")
    assert is_one_segment("/api/sessions/my-session/contacts/a%2Fb/block", operation, "contactId", "a/b")
    for target in (
        "/api/sessions/my-session/contacts/a/b/block",
        "/api/sessions/my-session/contacts/a%2Fb",
        "/api/sessions/my-session/contacts/a%252Fb/block",
        "/api/sessions/my-session/contacts/a%2Fb/block?x",
        "/api/sessions/other/contacts/a%2Fb/block",
        "/api/sessions/my-session/contacts/../block",
    ):
        assert not is_one_segment(target, operation, "contactId", "a/b")


# Ids


@each_id
def test_dangerous_ids_are_refused_before_anything_is_sent(connect, operation, name):
    server = FakeServer(httpx.Response(200, json={"data": None}))
    client = connect(server)
    for value in REFUSED.values():
        with pytest.raises(ValueError, match=r"\w") as caught:
            call(client, operation, **{snake(name): value})
        # No error of a codec or of httpx, and nothing private in it.
        assert type(caught.value) is ValueError
        assert not value or len(value) < 4 or value not in str(caught.value)
    assert server.requests == []


@each_id
def test_ids_of_a_wrong_type_are_refused_before_anything_is_sent(connect, operation, name):
    server = FakeServer(httpx.Response(200, json={"data": None}))
    client = connect(server)
    for value in NO_STRINGS:
        with pytest.raises(TypeError, match=f"{name} is a string"):
            call(client, operation, **{snake(name): value})
    assert server.requests == []


@each_id
def test_every_other_text_is_exactly_one_segment(connect, operation, name):
    server = FakeServer(httpx.Response(200, json={"data": None}))
    client = connect(server)
    for value in ONE_SEGMENT.values():
        server.requests.clear()
        call(client, operation, **{snake(name): value})
        target = server.request.url.raw_path.decode("ascii")
        assert is_one_segment(target, operation, name, value), target
        assert server.request.url.host == "api.example.com"


@many_runs
@given(case=st.sampled_from(IDS), value=hostile)
def test_any_text_is_refused_or_one_segment(recorder, case, value):
    client, requests = recorder
    operation, name = case
    requests.clear()
    refusal = refusal_of(call, client, operation, **{snake(name): value})
    if refusal is not None:
        assert type(refusal) is ValueError
        assert requests == []
        pieces = value.replace("\\", "/").split("/")
        has_dots = any(piece.split(";")[0] in (".", "..") for piece in pieces)
        assert not value or has_dots or any(is_control_or_surrogate(character) for character in value)
    else:
        (request,) = requests
        assert is_one_segment(request.url.raw_path.decode("ascii"), operation, name, value)


def is_control_or_surrogate(character):
    return ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 or 0xD800 <= ord(character) < 0xE000


@many_runs
@given(value=st.integers())
@example(value=7)
def test_an_integer_is_an_id_too(recorder, value):
    client, requests = recorder
    requests.clear()
    with contextlib.suppress(APIResponseError):
        client.webhooks.get(value)
    assert requests[0].url.raw_path.decode() == f"/api/webhooks/{value}"


@pytest.mark.parametrize("own_client", [False, True], ids=["our pool", "http_client"])
def test_hostile_ids_arrive_as_one_segment_over_a_real_socket(own_client):
    operation, name = next(one for one in IDS if one[0].id == "contacts.block")
    with serving(answer_success) as server, httpx.Client() as http:
        given = {"http_client": http} if own_client else {}
        with TitanClient(server.url, "titan_key", **given) as client:
            for value in ONE_SEGMENT.values():
                server.requests.clear()
                call(client, operation, **{snake(name): value})
                (received,) = server.requests
                assert is_one_segment(received.target, operation, name, value), received.target
                assert received.headers["host"] == server.url[len("http://") :]
            server.requests.clear()
            for value in REFUSED.values():
                with pytest.raises(ValueError, match=r"\w"):
                    call(client, operation, **{snake(name): value})
            assert server.requests == []


def test_every_id_of_every_operation_arrives_as_one_segment_over_a_real_socket():
    value = ".../%2e%2e/é?a=b#c;d@e:f\\g+h i"
    with serving(answer_success) as server, TitanClient(server.url, "titan_key") as client:
        for operation, name in IDS:
            call(client, operation, **{snake(name): value})
            assert is_one_segment(server.requests[-1].target, operation, name, value)
    assert [one.method for one in server.requests] == [operation.method for operation, _ in IDS]


def test_the_whole_target_is_percent_encoded_and_nothing_else():
    seen = []

    def answer(received):
        seen.append(received.target)
        return answer_success(received)

    with serving(answer) as server, TitanClient(server.url, "titan_key") as client:
        client.contacts.block("my-session", "5511999999999@s.whatsapp.net")
        client.contacts.block("my-session", "a/b?c#d%e é")
        client.labels.delete("my-session", "." + string.punctuation)
    assert seen == [
        "/api/sessions/my-session/contacts/5511999999999%40s.whatsapp.net/block",
        "/api/sessions/my-session/contacts/a%2Fb%3Fc%23d%25e%20%C3%A9/block",
        "/api/sessions/my-session/labels/.%21%22%23%24%25%26%27%28%29%2A%2B%2C-.%2F%3A%3B%3C%3D%3E%3F%40"
        "%5B%5C%5D%5E_%60%7B%7C%7D~",
    ]


# Session names


def session_call(connect, operation, server, session):
    as_client = {"client_token": "titan_ct_token"} if operation.for_client_token else {}
    call(connect(server, **as_client), operation, session=session)


@with_session
def test_only_session_names_are_sent_as_session(connect, operation):
    server = FakeServer(httpx.Response(200, json={"data": None}))
    for name in NO_SESSION_NAMES:
        with pytest.raises(ValueError, match="session name") as caught:
            session_call(connect, operation, server, name)
        assert type(caught.value) is ValueError
    for name in [*NO_STRINGS, 7]:
        with pytest.raises(TypeError, match="session name is a string"):
            session_call(connect, operation, server, name)
    assert server.requests == []
    for name in SESSION_NAMES:
        server.requests.clear()
        session_call(connect, operation, server, name)
        target = server.request.url.raw_path.decode()
        assert target.startswith(operation.path.partition("{session}")[0])
        if "session" in operation.path_parameters:
            assert is_one_segment(target, operation, "session", name)


@many_runs
@given(name=st.one_of(hostile, st.text(string.ascii_letters + string.digits + "._-", max_size=70)))
def test_a_session_name_is_1_to_64_letters_digits_dots_hyphens_underscores(recorder, name):
    client, requests = recorder
    allowed = set(string.ascii_letters + string.digits + "._-")
    fits = 1 <= len(name) <= 64 and set(name) <= allowed and name not in (".", "..")
    requests.clear()
    refusal = refusal_of(client.sessions.delete, name)
    assert (refusal is None) is fits
    assert [one.url.raw_path.decode() for one in requests] == [f"/api/sessions/{name}"] * fits


@pytest.mark.parametrize("session", ["", "..", "a/b", "a\n", "x" * 65, "é", 5, None])
@pytest.mark.parametrize(
    "use",
    [
        lambda client, session: client.pairing.wait(session),
        lambda client, session: client.pairing.qr_png(session),
        lambda client, session: client.messages.send_file(session, "x", io.BytesIO(b"x")),
        lambda client, session: client.media.download_to(session, "med_1", io.BytesIO()),
    ],
    ids=["wait", "qr_png", "send_file", "download_to"],
)
def test_helpers_refuse_other_session_names_too(connect, use, session):
    server = FakeServer(json_response({"data": {}}))
    with pytest.raises((ValueError, TypeError), match="session name"):
        use(connect(server), session)
    assert server.requests == []


@pytest.mark.parametrize("media_id", ["", "..", "a\nb", "\ud800"])
def test_download_to_refuses_what_download_refuses(connect, tmp_path, media_id):
    server = FakeServer(httpx.Response(200, content=b"x"))
    with pytest.raises(ValueError, match="mediaId"):
        connect(server).media.download_to("s", media_id, tmp_path / "file")
    assert server.requests == []
    assert list(tmp_path.iterdir()) == []
