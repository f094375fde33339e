"""Deliveries are signed and verified by HMAC-SHA256, whatever comes from outside."""

import array
import hmac
import os
import subprocess
import sys
import tracemalloc
from collections import UserList, deque

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pydantic import SecretBytes, SecretStr

from tests.support.hostile_texts import runs
from tests.support.project import ROOT
from titan import WebhookRouter, sign_webhook, verify_webhook

SECRET = "It's a Secret to Everybody"
BODY = b"Hello, World!"
SIGNATURE = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
DIGITS = SIGNATURE[len("sha256=") :]

secrets = st.one_of(st.text(min_size=1).filter(lambda text: text.isprintable()), st.binary(min_size=1))

# RFC 4231, HMAC-SHA-256; case 5 is of a truncated output, which Titan has not.
RFC_4231 = {
    "1": (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    "2": (
        b"Jefe",
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    "3": (b"\xaa" * 20, b"\xdd" * 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    "4": (
        bytes(range(1, 26)),
        b"\xcd" * 50,
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
    ),
    "6": (
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
    "7": (
        b"\xaa" * 131,
        b"This is a test using a larger than block-size key and a larger than block-size data. "
        b"The key needs to be hashed before being used by the HMAC algorithm.",
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    ),
}


@pytest.mark.parametrize(("key", "data", "digest"), RFC_4231.values(), ids=RFC_4231)
def test_signatures_are_hmac_sha256_as_in_rfc_4231(key, data, digest):
    assert sign_webhook(data, key) == f"sha256={digest}"
    assert verify_webhook(data, f"sha256={digest}", key) is True


class Vault:
    """Holds a secret in a way of its own."""

    def get_secret_value(self):
        return SECRET


@pytest.mark.parametrize(
    "secret", [SecretStr(SECRET), SecretBytes(SECRET.encode()), Vault()], ids=["text", "bytes", "own"]
)
def test_secret_that_does_not_show_itself_is_taken(secret):
    assert sign_webhook(BODY, secret) == SIGNATURE
    for several in (secret, [secret], ("old", secret)):
        assert verify_webhook(BODY, SIGNATURE, several)
    assert not verify_webhook(b"other", SIGNATURE, secret)
    router = WebhookRouter(secret)
    body = b'{"event": "message.received"}'
    assert router.handle(body, {"X-Webhook-Signature": sign_webhook(body, SECRET)})
    assert SECRET not in f"{router!r} {vars(router)!r}"


@pytest.mark.parametrize("secret", [SecretStr(""), [SecretBytes(b"")]], ids=repr)
def test_empty_secret_that_does_not_show_itself_is_refused(secret):
    with pytest.raises(ValueError, match="is empty"):
        verify_webhook(BODY, SIGNATURE, secret)
    with pytest.raises(ValueError, match="is empty"):
        WebhookRouter(secret)


def test_published_example_of_github_with_the_same_header_form():
    assert sign_webhook(BODY, SECRET) == SIGNATURE
    assert verify_webhook(BODY, SIGNATURE, SECRET) is True


def every_form_of(body: bytes):
    yield from (body, bytearray(body), memoryview(body), memoryview(bytearray(body)))
    interleaved = bytes(byte for pair in zip(body, body) for byte in pair)
    yield memoryview(interleaved)[::2]


@runs(100)
@given(st.binary(), secrets)
def test_what_was_signed_verifies_in_every_form_of_the_body(body, secret):
    signature = sign_webhook(body, secret)
    for form in every_form_of(body):
        assert sign_webhook(form, secret) == signature
        assert verify_webhook(form, signature, secret) is True
        assert verify_webhook(form, signature.encode(), secret) is True


@runs(100)
@given(st.text(st.characters(exclude_categories=["Cs"])), secrets)
@example("Olá 👋", "ключ")
def test_str_body_is_signed_as_utf_8(body, secret):
    assert sign_webhook(body, secret) == sign_webhook(body.encode(), secret)
    assert verify_webhook(body, sign_webhook(body.encode(), secret), secret) is True


def test_memoryview_of_wider_items_is_taken_as_its_bytes():
    numbers = array.array("I", [1, 2, 3])
    assert sign_webhook(memoryview(numbers), SECRET) == sign_webhook(numbers.tobytes(), SECRET)


@pytest.mark.parametrize("form", [bytes, bytearray, lambda body: memoryview(bytearray(body))])
def test_large_body_is_not_copied(form):
    body = form(bytes(8_000_000))
    assert peak_of(lambda: verify_webhook(body, SIGNATURE, SECRET)) < 100_000


def peak_of(call):
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@runs(100)
@given(st.binary(), secrets, st.data())
def test_any_flipped_bit_of_body_or_digest_is_refused(body, secret, data):
    digest = bytes.fromhex(sign_webhook(body, secret)[len("sha256=") :])
    assert verify_webhook(body, f"sha256={flip(digest, data).hex()}", secret) is False
    if body:
        assert verify_webhook(flip(body, data), f"sha256={digest.hex()}", secret) is False


def flip(value: bytes, data) -> bytes:
    bit = data.draw(st.integers(0, 8 * len(value) - 1))
    flipped = bytearray(value)
    flipped[bit // 8] ^= 1 << bit % 8
    return bytes(flipped)


@runs(100)
@given(st.binary(), st.binary(min_size=1, max_size=64), st.binary(min_size=1, max_size=64))
def test_another_secret_is_refused(body, secret, other):
    # HMAC pads keys with NUL, so these would be one key.
    assume(secret.rstrip(b"\0") != other.rstrip(b"\0"))
    assert verify_webhook(body, sign_webhook(body, secret), other) is False


near_misses = st.one_of(
    st.text(),
    st.text(st.characters(categories=["Cs", "Nd", "Zs"])),
    st.from_regex(r"\s*[sS][hH][aA]\d+=[0-9a-fA-F \t]{60,68}\s*", fullmatch=True),
    st.builds("sha256={}".format, st.text(min_size=64, max_size=64)),
    st.none(),
)


@runs(100)
@given(st.one_of(st.binary(), st.text()), st.one_of(near_misses, st.binary()), secrets)
def test_any_other_header_is_false_and_never_raises(body, header, secret):
    assert verify_webhook(body, header, secret) is False


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        " ",
        DIGITS,
        "sha256=",
        f"sha256:{DIGITS}",
        f"SHA256={DIGITS}",
        f"Sha256={DIGITS}",
        f"sha1={DIGITS}",
        f"sha512={DIGITS}",
        f"sha256= {DIGITS}",
        f"sha256=={DIGITS}",
        f"sha256={DIGITS[:-1]}",
        f"sha256={DIGITS[:-2]}",
        f"sha256={DIGITS}0",
        f"sha256={DIGITS}00",
        f"sha256={DIGITS[:-1]}g",
        f"sha256={DIGITS[:31]}  {DIGITS[33:]}",
        f"sha256={DIGITS[:31]}\0{DIGITS[32:]}",
        f"sha256={DIGITS[:-1]}７",
        f"sha256={DIGITS[:-1]}\ud800",
        f"\u00a0{SIGNATURE}",
        f"{SIGNATURE}\u2003",
        f"{SIGNATURE} {SIGNATURE}",
        f"{SIGNATURE};{SIGNATURE}",
        f"{DIGITS},{DIGITS}",
        f"{SIGNATURE}\0",
        f'"{SIGNATURE}"',
    ],
)
def test_header_of_another_form_is_refused(header):
    assert verify_webhook(BODY, header, SECRET) is False
    if header is not None:
        assert verify_webhook(BODY, header.encode("utf-8", "surrogatepass"), SECRET) is False


def test_latin_1_bytes_in_a_header_are_refused():
    assert verify_webhook(BODY, SIGNATURE.encode()[:-1] + b"\xe9", SECRET) is False
    assert verify_webhook(BODY, SIGNATURE.encode() + b"\xa0", SECRET) is False


@pytest.mark.parametrize(
    "header",
    [
        f"sha256={DIGITS.upper()}",
        f" {SIGNATURE}",
        f"{SIGNATURE}\r\n",
        f"\t {SIGNATURE} \t",
        SIGNATURE.encode(),
        f" {SIGNATURE}\r\n".encode(),
    ],
)
def test_upper_case_digits_and_surrounding_white_space_are_accepted(header):
    assert verify_webhook(BODY, header, SECRET) is True


@pytest.mark.parametrize(
    "header", ["a" * 1_000_000, "sha256=" + "a" * 1_000_000, b"sha256=" + b"\xff" * 1_000_000]
)
def test_huge_header_is_refused_before_it_is_decoded(header):
    assert peak_of(lambda: verify_webhook(BODY, header, SECRET)) < 100_000
    assert verify_webhook(BODY, header, SECRET) is False


OTHER = "sha256=" + "0" * 64


@pytest.mark.parametrize(
    "header",
    [
        f"{SIGNATURE},{SIGNATURE}",
        f"{SIGNATURE}, {SIGNATURE}",
        f"{OTHER},{SIGNATURE}",
        f"{SIGNATURE} ,\t{OTHER}",
        f", {SIGNATURE}",
        f"junk, {OTHER}, sha256=, {SIGNATURE}",
        f"{SIGNATURE},{'x' * 1_000_000}",
        f"{OTHER}," * 31 + SIGNATURE,
        "," * 100 + SIGNATURE,
        " " * 1000 + SIGNATURE,
    ],
)
def test_one_that_fits_among_joined_signatures_is_enough(header):
    assert verify_webhook(BODY, header, SECRET) is True
    assert verify_webhook(BODY, header.encode(), ["another", SECRET]) is True
    assert verify_webhook(BODY, header, "another") is False


@pytest.mark.parametrize("header", [f"{OTHER},{OTHER}", f"{OTHER}," * 32 + SIGNATURE, "," * 9000 + SIGNATURE])
def test_joined_signatures_of_which_none_fits_among_the_first_are_refused(header):
    assert verify_webhook(BODY, header, SECRET) is False
    assert verify_webhook(BODY, header.encode(), SECRET) is False


@pytest.mark.parametrize("header", [0, True, [SIGNATURE], object(), bytearray(SIGNATURE.encode())])
def test_signature_of_another_type_is_a_mistake_of_the_caller(header):
    with pytest.raises(TypeError, match=f"signature must be str, bytes or None, not {type(header).__name__}"):
        verify_webhook(BODY, header, SECRET)


@pytest.mark.parametrize("several", [list, tuple, UserList, deque])
def test_any_secret_of_a_rotation_verifies_and_the_first_one_signs(several):
    rotation = several(["new", b"old"])
    assert sign_webhook(BODY, rotation) == sign_webhook(BODY, "new")
    assert verify_webhook(BODY, sign_webhook(BODY, "new"), rotation) is True
    assert verify_webhook(BODY, sign_webhook(BODY, "old"), rotation) is True
    assert verify_webhook(BODY, sign_webhook(BODY, "older"), rotation) is False


@pytest.mark.parametrize("matching", [0, 1, 2, None])
def test_every_secret_is_compared_in_constant_time_whichever_matches(monkeypatch, matching):
    compared = []

    def counting(left, right):
        compared.append((left, right))
        return original(left, right)

    original = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", counting)
    rotation = ["one", "two", "three"]
    signature = sign_webhook(BODY, "none of them" if matching is None else rotation[matching])

    assert verify_webhook(BODY, signature, rotation) is (matching is not None)
    assert len(compared) == 3
    assert all(type(side) is bytes and len(side) == 32 for pair in compared for side in pair)


def test_compare_digest_alone_decides(monkeypatch):
    monkeypatch.setattr(hmac, "compare_digest", lambda left, right: False)
    assert verify_webhook(BODY, SIGNATURE, SECRET) is False


@pytest.mark.parametrize("secret", ["", b"", [], (), UserList(), [""], ["good", b""], ("", "good")])
@pytest.mark.parametrize("signature", [None, "junk", SIGNATURE, 0])
@pytest.mark.parametrize("body", [BODY, {}])
def test_empty_secret_is_refused_before_anything_else(body, signature, secret):
    with pytest.raises(ValueError, match="anyone could sign"):
        verify_webhook(body, signature, secret)
    with pytest.raises(ValueError, match="anyone could sign"):
        sign_webhook(body, secret)


@pytest.mark.parametrize(
    "secret",
    [None, 0, {"secret"}, {"a": "b"}, iter(["a"]), bytearray(b"a"), [None], ["good", 1], [["nested"]]],
)
def test_secret_of_another_type_is_refused(secret):
    with pytest.raises(TypeError, match="secret must be str"):
        verify_webhook(BODY, None, secret)
    with pytest.raises(TypeError, match="secret must be str"):
        sign_webhook(BODY, secret)


@pytest.mark.parametrize("secret", ["hush\ud800", ["good", "hush\ud800"]])
def test_secret_without_utf_8_form_is_refused_and_not_shown(secret):
    with pytest.raises(ValueError, match="pass it as bytes") as caught:
        verify_webhook(BODY, SIGNATURE, secret)
    assert "hush" not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("parsed", [{"event": "message.received"}, [], None, 7, object()])
@pytest.mark.parametrize("signature", [None, SIGNATURE])
def test_parsed_body_is_refused_with_where_the_raw_one_is(parsed, signature):
    with pytest.raises(TypeError) as caught:
        verify_webhook(parsed, signature, SECRET)
    for call in (
        type(parsed).__name__,
        "request.get_data() in Flask",
        "request.body in Django",
        "await request.body() in FastAPI and Starlette",
        'event["body"] in AWS Lambda',
        "base64-decoded where isBase64Encoded",
    ):
        assert call in str(caught.value)
    with pytest.raises(TypeError, match="raw request body"):
        sign_webhook(parsed, SECRET)


def test_str_body_with_lone_surrogates_verifies_never_and_cannot_be_signed():
    assert verify_webhook("\ud800", SIGNATURE, SECRET) is False
    with pytest.raises(ValueError, match="lone surrogates"):
        sign_webhook("\ud800", SECRET)


def modules_after(statements: str) -> set:
    # Without `site`, no .pth file of the environment loads anything beforehand.
    code = f"import sys; sys.path.insert(0, {os.fspath(ROOT)!r})\n{statements}\nprint(*sys.modules)"
    command = [sys.executable, "-I", "-S", "-c", code]
    return set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())


def test_verifying_loads_nothing_but_hmac():
    bare = modules_after("import __future__, hashlib, hmac, importlib")
    ours = modules_after(
        "from titan import sign_webhook, verify_webhook\n"
        "assert verify_webhook(b'{}', sign_webhook(b'{}', ['a', 'b']), 'a')"
    )
    assert ours - bare == {"titan", "titan._signature"}
    assert not ours & {"httpx", "pydantic", "typing", "typing_extensions"}
