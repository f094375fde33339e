"""A download that is redirected to a storage: what is followed, and where the credential goes."""

from __future__ import annotations

import io
import socket

import httpx
import pytest

from tests.support.downloads import CUT_OFF, DATA, ROUTE, WHOLE, names_in, script
from tests.support.fake_server import API_KEY
from tests.support.loopback import Received, http, http_json
from titan import (
    APIConnectionError,
    APIStatusError,
    NotFoundError,
    PermissionDeniedError,
    ServiceUnavailableError,
    TitanClient,
    TitanError,
)

CREDENTIAL = f"Bearer {API_KEY}"


def redirect(location: str, status: int = 302) -> bytes:
    return http(status, b"moved", {"Location": location})


def test_a_redirect_on_the_same_origin_is_followed_with_the_credential(server, tmp_path):
    def answer(request: Received) -> bytes:
        return redirect(f"{running.url}/files/1") if request.target == ROUTE else http(200, DATA)

    running, client = server(answer)
    assert client.media.download("s", "m") == DATA
    assert client.media.download_to("s", "m", tmp_path / "file") == len(DATA)
    followed = running.requests[1]
    assert (followed.method, followed.target) == ("GET", "/files/1")
    assert followed.headers["authorization"] == CREDENTIAL
    assert "content-length" not in followed.headers


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_origin_is_followed_without_the_credential(server, tmp_path, status):
    storage, _ = server(lambda request: http(200, DATA))
    running, client = server(
        lambda request: redirect(f"{storage.url}/bucket/1?signature=a%2Fb", status),
        headers={"X-Tenant": "ours"},
    )
    assert client.media.download("s", "m") == DATA
    assert client.media.download_to("s", "m", tmp_path / "file") == len(DATA)
    assert (tmp_path / "file").read_bytes() == DATA
    assert running.requests[0].headers["authorization"] == CREDENTIAL
    for followed in storage.requests:
        assert (followed.method, followed.target) == ("GET", "/bucket/1?signature=a%2Fb")
        assert API_KEY not in str(followed.headers)
        assert "authorization" not in followed.headers
        assert "x-tenant" not in followed.headers
        assert followed.headers["user-agent"].startswith("titan-sdk/")
        assert followed.headers["accept"] == "*/*"
        assert followed.headers["accept-encoding"] == "identity"


def test_a_redirect_by_way_of_another_origin_gets_the_credential_only_at_home(server):
    def home(request: Received) -> bytes:
        return redirect(f"{storage.url}/away") if request.target == ROUTE else http(200, DATA)

    running, client = server(home)
    storage, _ = server(lambda request: redirect(f"{running.url}/back"))
    assert client.media.download("s", "m") == DATA
    assert [one.target for one in running.requests] == [ROUTE, "/back"]
    assert "authorization" not in storage.requests[0].headers
    assert running.requests[1].headers["authorization"] == CREDENTIAL


def test_another_host_name_on_the_same_port_is_another_origin(server):
    def answer(request: Received) -> bytes:
        port = running.url.rpartition(":")[2]
        return redirect(f"http://localhost:{port}/files/1") if request.target == ROUTE else http(200, DATA)

    running, client = server(answer)
    assert client.media.download("s", "m") == DATA
    assert "authorization" not in running.requests[1].headers


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/files/1", "/files/1"),
        ("../files/1?x=1", "/api/sessions/s/media/files/1?x=1"),
        ("other", "/api/sessions/s/media/m/other"),
        ("?again", f"{ROUTE}?again"),
    ],
)
def test_a_relative_location_is_relative_to_the_request(server, location, target):
    def answer(request: Received) -> bytes:
        return redirect(location) if request.target == ROUTE else http(200, DATA)

    running, client = server(answer)
    assert client.media.download("s", "m") == DATA
    assert running.requests[1].target == target
    assert running.requests[1].headers["authorization"] == CREDENTIAL


def test_a_relative_location_at_another_origin_stays_there_without_the_credential(server):
    storage, _ = server(
        lambda request: redirect("/second") if request.target == "/first" else http(200, DATA)
    )
    _, client = server(lambda request: redirect(f"{storage.url}/first"))
    assert client.media.download("s", "m") == DATA
    assert [one.target for one in storage.requests] == ["/first", "/second"]
    assert all("authorization" not in one.headers for one in storage.requests)


def test_a_redirect_loop_ends_as_a_status_error(server, tmp_path):
    running, client = server(lambda request: redirect("/again"))
    with pytest.raises(APIStatusError) as caught:
        client.media.download_to("s", "m", tmp_path / "file")
    assert caught.value.status_code == 302
    assert 2 <= len(running.requests) <= 10
    assert names_in(tmp_path) == []


@pytest.mark.parametrize(
    "location",
    [
        "http://[",
        "http://",
        "http:///files",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:port/",
        "ftp://127.0.0.1/file",
        "file:///etc/hostname",
        "javascript:alert(1)",
        "http://exa mple/",
        "http://ex\tample/",
        f"http://{'a' * 70}.invalid/",
        "http://.invalid/",
        "http://xn--/",
        "/" + "a" * 70_000,
    ],
)
def test_a_location_that_leads_nowhere_is_a_titan_error(connect, clock, location):
    client = connect(lambda request: httpx.Response(302, headers={"Location": location}))
    for operation in (client.media.download, client.media.get):
        with pytest.raises(TitanError) as caught:
            operation("s", "m")
        assert caught.value.maybe_processed is True


def test_a_location_that_leads_nowhere_is_a_titan_error_on_real_sockets_too(server, clock):
    for location in ("http://127.0.0.1:99999/", "http://127.0.0.1:0/", "http:///files", "ftp://127.0.0.1/"):
        _, client = server(lambda request, location=location: redirect(location))
        with pytest.raises(TitanError):
            client.media.download("s", "m")


def test_a_redirect_without_a_location_is_a_status_error(server):
    _, client = server(lambda request: http(302, b""))
    with pytest.raises(APIStatusError) as caught:
        client.media.download("s", "m")
    assert caught.value.status_code == 302


@pytest.mark.parametrize(
    ("status", "kind"), [(403, PermissionDeniedError), (404, NotFoundError), (410, APIStatusError)]
)
def test_a_refusal_of_the_storage_is_a_status_error_and_nothing_is_left(server, tmp_path, status, kind):
    storage, _ = server(
        lambda request: http(status, b"<Error>expired</Error>", {"Content-Type": "application/xml"})
    )
    running, client = server(lambda request: redirect(f"{storage.url}/1"))
    with pytest.raises(kind) as caught:
        client.media.download_to("s", "m", tmp_path / "file")
    error = caught.value
    assert (error.status_code, error.body) == (status, b"<Error>expired</Error>")
    assert error.route == "/api/sessions/{session}/media/{mediaId}/download"
    assert storage.url not in str(error)
    assert names_in(tmp_path) == []
    assert len(running.requests) == 1


def test_a_failure_of_the_storage_is_repeated_from_the_start(server, clock):
    answers = [http(503, b""), CUT_OFF["length"], WHOLE["length"]]
    storage, _ = server(script(*answers))
    running, client = server(lambda request: redirect(f"{storage.url}/1"))
    assert client.media.download("s", "m") == DATA
    assert (len(running.requests), len(storage.requests)) == (3, 3)


def test_a_storage_that_keeps_failing_is_reported(server, clock):
    storage, _ = server(lambda request: http(503, b""))
    _, client = server(lambda request: redirect(f"{storage.url}/1"))
    with pytest.raises(ServiceUnavailableError):
        client.media.download("s", "m")


def test_a_storage_that_cannot_be_reached_is_a_connection_error(server, clock):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    running, client = server(lambda request: redirect(f"http://127.0.0.1:{port}/1"))
    with pytest.raises(APIConnectionError):
        client.media.download("s", "m")
    assert len(running.requests) == 3


def test_the_address_at_the_storage_stays_out_of_the_logs(server, caplog):
    storage, _ = server(lambda request: http(200, DATA))
    _, client = server(lambda request: redirect(f"{storage.url}/1?signature=5511999999999"))
    caplog.set_level("DEBUG")
    client.media.download("s", "m")
    assert "media/{mediaId}/download" in caplog.text
    assert "5511999999999" not in caplog.text
    assert API_KEY not in caplog.text


@pytest.mark.parametrize(
    "operation",
    [
        lambda client: client.media.get("s", "m"),
        lambda client: client.media.persist("s", "m"),
        lambda client: client.sessions.list(),
        lambda client: client.messages.send("s", {"type": "text"}),
        lambda client: client.messages.send_file("s", "c", io.BytesIO(b"x")),
        lambda client: client.pairing.qr_png("s"),
        lambda client: client.request("GET", ROUTE),
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_other_redirect_is_followed(server, operation, status):
    storage, _ = server(lambda request: http_json({"data": {}}))
    running, client = server(lambda request: redirect(f"{storage.url}/1", status))
    with pytest.raises(APIStatusError) as caught:
        operation(client)
    assert caught.value.status_code == status
    assert caught.value.headers["location"] == f"{storage.url}/1"
    assert len(running.requests) == 1
    assert storage.requests == []


def test_a_client_of_the_user_that_follows_redirects_does_not_do_so_for_titan(server):
    storage, _ = server(lambda request: http_json({"data": []}))
    running, _ = server(lambda request: redirect(f"{storage.url}/1"))
    with httpx.Client(follow_redirects=True, auth=("user", "password"), headers={"X-Own": "1"}) as own:
        client = TitanClient(running.url, API_KEY, http_client=own)
        with pytest.raises(APIStatusError):
            client.sessions.list()
        client.media.download("s", "m")
    assert running.requests[0].headers["authorization"] == CREDENTIAL
    assert "authorization" not in storage.requests[0].headers
