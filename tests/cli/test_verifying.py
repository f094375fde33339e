"""`titan verify`: what is wrong with a captured delivery, for what usually goes wrong."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from titan import sign_webhook, verify_webhook
from titan.cli.diagnosis import diagnose

SECRET = "a secret of the tests"
BODY = '{"event":"message.received","payload":{"text":"Olá, 9.5 ♥","id":"m1"},"id":"evt_1"}'.encode()
HEADER = sign_webhook(BODY, SECRET)
DIGITS = HEADER[len("sha256=") :]


def dumped(**options):
    return json.dumps(json.loads(BODY), **options).encode()


def signed(body, secret=SECRET, digest="sha256"):
    return "sha256=" + hmac.new(secret.encode(), body, digest).hexdigest()


HEADERS = {
    "missing": ("", "there is no signature"),
    "its name before it": (f"X-Webhook-Signature: {HEADER}", "the name of the header stands in front"),
    "in quotes": (f'"{HEADER}"', "quotes around the signature"),
    "without prefix": (DIGITS, '"sha256=" is missing'),
    "in capital letters": (f"SHA256={DIGITS}", "capital letters"),
    "of another algorithm": (f"sha1={DIGITS}", "something other than"),
    "cut off": (HEADER[:-4], "has 60 hexadecimal digits; it must have 64"),
    "as long as SHA-1": (f"sha256={'0' * 40}", "the length of SHA-1"),
    "with other letters": (HEADER[:-1] + "z", "not all of the signature is hexadecimal"),
    "in base64": (
        "sha256=" + base64.b64encode(bytes.fromhex(DIGITS)).decode(),
        "the signature is base64",
    ),
    "plain SHA-256": (f"sha256={hashlib.sha256(BODY).hexdigest()}", "plain SHA-256"),
}
BODIES = {
    "newline at the end": (BODY + b"\n", "a newline was added at the end"),
    "white space around": (b"  " + BODY + b"\t", "white space was added around"),
    "written again by Python": (dumped(), "parsed and written again"),
    "written again with indents": (dumped(indent=2), "parsed and written again"),
    "written again in ASCII": (dumped(separators=(",", ":")), "parsed and written again"),
    "a dict that was printed": (str(json.loads(BODY)).encode(), "parsed and written again"),
    "a repr": (repr(BODY).encode(), "Python's repr"),
    "with a byte order mark": (b"\xef\xbb\xbf" + BODY, "byte order mark"),
    "read as Latin-1": (BODY.decode("latin-1").encode(), "read as latin-1"),
    "in UTF-16": (BODY.decode().encode("utf-16"), "UTF-16"),
    "with its headers": (b"POST / HTTP/1.1\r\nHost: x\r\n\r\n" + BODY, "headers of the request"),
    "in base64": (base64.b64encode(BODY), "base64: decode it first"),
    "compressed": (gzip.compress(BODY), "compressed"),
    "JSON twice": (json.dumps(BODY.decode()).encode(), "inside a string of JSON"),
    "empty": (b"", "the body is empty"),
    "cut off": (BODY[:-10], "cut off or changed"),
    "a value changed": (BODY.replace(b"m1", b"m2"), "the secret is not that of this webhook, or"),
}
SECRETS = {
    "another": ("not this one", "the secret is not that of this webhook, or"),
    "with a newline": (f"{SECRET}\n", "white space around it"),
    "in quotes": (f"'{SECRET}'", "quotes around it"),
    "in base64": (base64.b64encode(SECRET.encode()).decode(), "base64 of the one that signed"),
    "in hexadecimal": (SECRET.encode().hex(), "hexadecimal of the one that signed"),
    "an API key": ("titan_" + "x" * 98, "the secret is an API key"),
}


def test_what_fits_has_no_findings():
    assert diagnose(BODY, HEADER, SECRET) == []
    assert diagnose(BODY, f" {HEADER.replace('sha256=', 'SHA256=').lower()} ", SECRET) == []


@pytest.mark.parametrize("kind", HEADERS)
def test_a_wrong_header_is_explained(kind):
    header, says = HEADERS[kind]
    findings = diagnose(BODY, header, SECRET)
    assert len(findings) == 1
    assert says in findings[0]


@pytest.mark.parametrize("kind", BODIES)
def test_a_changed_body_is_explained(kind):
    body, says = BODIES[kind]
    findings = diagnose(body, HEADER, SECRET)
    assert len(findings) == 1
    assert says in findings[0]


@pytest.mark.parametrize("kind", SECRETS)
def test_a_wrong_secret_is_explained(kind):
    secret, says = SECRETS[kind]
    findings = diagnose(BODY, HEADER, secret)
    assert len(findings) == 1
    assert says in findings[0]
    assert secret.strip() not in findings[0]


def test_several_faults_are_all_named():
    missing, secret, body = diagnose(BODY + b"\n", DIGITS, f"{SECRET}\n")
    assert "is missing" in missing
    assert "the secret has white space around it" in secret
    assert "a newline was added" in body
    missing, digits = diagnose(BODY, base64.b64encode(bytes.fromhex(DIGITS)).decode(), SECRET)
    assert "is missing" in missing
    assert "is base64" in digits


def test_a_webhook_that_was_made_with_a_newline_in_its_secret_is_told_of():
    (finding,) = diagnose(BODY, signed(BODY, f"{SECRET}\n"), SECRET)
    assert "created with a newline behind its secret" in finding


def test_changed_line_ends_are_told_apart():
    lines = json.dumps(json.loads(BODY), indent=1).encode()
    assert "from LF to CRLF" in diagnose(lines.replace(b"\n", b"\r\n"), signed(lines), SECRET)[0]
    assert "from CRLF to LF" in diagnose(lines, signed(lines.replace(b"\n", b"\r\n")), SECRET)[0]
    assert "newline at the end of the body was lost" in diagnose(lines, signed(lines + b"\n"), SECRET)[0]


@settings(max_examples=150, deadline=None)
@given(
    body=st.binary(max_size=200), header=st.text(max_size=100) | st.just(HEADER), secret=st.text(min_size=1)
)
def test_whatever_was_captured_there_is_an_answer(body, header, secret):
    try:
        fits = verify_webhook(body, header, secret)
    except ValueError:  # lone surrogates
        return
    assert (diagnose(body, header, secret) == []) == fits


def test_the_command_says_it_in_sentences_and_in_its_status(run, tmp_path):
    captured = tmp_path / "body.json"
    captured.write_bytes(BODY)
    variables = {"TITAN_WEBHOOK_SECRET": SECRET}
    assert run("verify", str(captured), HEADER, **variables) == (0, "The signature fits.\n", "")
    captured.write_bytes(BODY + b"\n")
    done = run("verify", str(captured), HEADER, **variables)
    assert (done.status, done.err) == (1, "")
    assert done.out.startswith("A newline was added at the end of the body, as editors and echo do: keep")
    done = run("verify", "-", DIGITS, "--json", stdin=BODY, **variables)
    shown = json.loads(done.out)
    assert (done.status, shown["valid"], len(shown["findings"])) == (1, False, 1)
    assert json.loads(run("verify", "-", HEADER, "--json", stdin=BODY, **variables).out) == {
        "valid": True,
        "findings": [],
    }
    assert SECRET not in done.out


def test_the_secret_is_never_an_argument_and_has_to_be_somewhere(run):
    done = run("verify", "-", HEADER, stdin=BODY)
    assert done == (2, "", "titan: the environment variable TITAN_WEBHOOK_SECRET is not set\n")
    assert run("verify", "-", HEADER, "--secret", SECRET, stdin=BODY).status == 2


@pytest.mark.slow
def test_the_secret_is_asked_for_and_stays_hidden(on_terminal, tmp_path):
    captured = tmp_path / "body.json"
    captured.write_bytes(BODY)
    asking = on_terminal("verify", str(captured), HEADER)
    asking.wait_for("Secret of the webhook, its hmacKey (it stays hidden):")
    assert asking.answer_hidden(SECRET) == 0
    assert "The signature fits." in asking.text
    assert SECRET.encode() not in asking.raw


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        b'{"a":' * 5_000,
        b"(" * 5_000 + b")" * 5_000,
        b'{"a": "\\d"}',
        b"b'\\d'",
        b"1is 1",
        gzip.compress(bytes(20_000_000), mtime=0),
        b"\xff\xfe\x00",
    ],
)
def test_a_strange_body_ends_in_sentences(run, body):
    done = run("verify", "-", HEADER, stdin=body, PYTHONWARNINGS="default", TITAN_WEBHOOK_SECRET=SECRET)
    assert (done.status, done.err) == (1, "")
    assert done.out.endswith(".\n")
