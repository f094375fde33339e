"""Where webhooks may be: on this machine only, over HTTP and HTTPS."""

from __future__ import annotations

import pytest

from tests.support.sandbox import (
    Receiver,
    error_of,
    receiving,
)
from tests.support.tls import SecureLoopback
from tests.support.webhooks import ONCE, create_webhook


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "https://127.0.0.1:8443/titan",
        "http://127.255.0.7:1",
        "http://localhost:65535/?a=b#c",
        "HTTPS://LOCALHOST",
        "http://[::1]:8000/",
        # Still this machine: what is before the @ is not a host.
        "http://example.com@127.0.0.1/",
    ],
)
def test_target_on_this_machine_is_accepted(api, url):
    assert create_webhook(api, url)["url"] == url


ELSEWHERE = [
    "https://example.com/titan",
    "http://8.8.8.8/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.10:8000/",
    "http://169.254.169.254/latest/meta-data",
    "http://0.0.0.0:8000/",
    "http://[::]/",
    "http://[2001:db8::1]/",
    "http://[fe80::1]/",
    "http://host.docker.internal/",
    "http://localhost.example.com/",
    "http://127.0.0.1.example.com/",
    "http://127.0.0.1@example.com/",
    "http://127.0.0.1:80@example.com/",
    "http://localhost\\@example.com/",
    # Some resolvers take these for 127.0.0.1; all of them are refused.
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
]
NO_URL = [
    "http://",
    "http:///titan",
    "http://:8000/",
    "http://@/",
    "",
    "127.0.0.1:8000",
    "//127.0.0.1/",
    "/titan",
    "ftp://127.0.0.1/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "http://127.0.0.1:0/",
    "http://127.0.0.1:65536/",
    "http://127.0.0.1:-1/",
    "http://127.0.0.1:port/",
    "http://[::1/",
    "http://127.0.0.1/ü",
    "http://127.0.0.1/a b",
    "http://127.0.0.1/\r\nX-A: b",
    "http://127.0.0.1/\x00",
    # Digits and letters outside ASCII, which some programs take for these.
    "http://１２７.0.0.1/",
    "http://lоcalhost/",
]


@pytest.mark.parametrize("url", ELSEWHERE)
def test_target_elsewhere_is_refused(api, url):
    response = api.post("/api/webhooks", json={"url": url})
    assert error_of(response, 400) == (
        "url must be on this machine, such as http://127.0.0.1:8000/: the sandbox sends nothing anywhere else"
    )


@pytest.mark.parametrize("url", NO_URL)
def test_target_that_is_not_a_url_is_refused(api, url):
    assert error_of(api.post("/api/webhooks", json={"url": url}), 400) == (
        "url must be a web address that begins with http:// or https://, such as https://example.com/photo.jpg"
    )


def test_target_must_be_given_as_a_string(api):
    assert error_of(api.post("/api/webhooks", json={}), 400) == "missing required field: url"
    assert error_of(api.post("/api/webhooks", json={"url": 5}), 400) == "url must be a string, not a number"


def test_localhost_is_reached(sandbox, api):
    with receiving() as receiver:
        create_webhook(api, receiver.url.replace("127.0.0.1", "localhost"), events=["session.connected"])
        sandbox.connect("my-session")
        sandbox.wait_for_deliveries()
        assert receiver.names == ["session.connected"]


@pytest.mark.parametrize("trusted", [True, False])
def test_https_wants_a_certificate_that_this_machine_trusts(sandbox, api, certificate, monkeypatch, trusted):
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", certificate[0])
    receiver = Receiver()
    server = SecureLoopback(receiver, certificate)
    try:
        create_webhook(api, server.url, events=["session.connected"], retries=ONCE)
        sandbox.connect("my-session")
        sandbox.wait_for_deliveries()
    finally:
        server.close()
    [delivery] = sandbox.deliveries
    [attempt] = delivery["attempts"]
    if trusted:
        assert (delivery["status"], attempt["status"], attempt["error"]) == ("delivered", 200, None)
        assert receiver.names == ["session.connected"]
    else:
        assert (delivery["status"], attempt["status"]) == ("failed", None)
        assert attempt["error"].startswith("[SSL: CERTIFICATE_VERIFY_FAILED]")
        assert receiver.names == []
