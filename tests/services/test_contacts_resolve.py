"""`contacts.resolve` asks WhatsApp for the chat id of a phone number."""

from __future__ import annotations

import json
import pickle

import pytest

from tests.support.fake_server import FakeServer, json_response
from titan import APIResponseError, NotFoundError, NotOnWhatsAppError, TitanError

# The account of this number is known without its ninth digit.
PHONE = "+55 11 99999-9999"
CANONICAL = "551199999999@s.whatsapp.net"


def answer(**fields):
    return FakeServer(json_response({"data": [{"phoneNumber": "+5511999999999", **fields}]}))


@pytest.mark.parametrize(
    "given", [PHONE, "+5511999999999", "5511999999999@s.whatsapp.net", "5511999999999:12@s.whatsapp.net"]
)
def test_chat_id_is_the_one_that_whatsapp_knows(connect, given):
    server = answer(exists=True, jid=CANONICAL, lid="123@lid")
    assert connect(server, strict_responses=True).contacts.resolve("s", given) == CANONICAL
    assert server.request.url.path == "/api/sessions/s/contacts/check"
    assert json.loads(server.request.content) == {"phoneNumbers": ["+5511999999999"]}


@pytest.mark.parametrize(
    ("fields", "chat_id"),
    [
        ({"jid": "551199999999:3@s.whatsapp.net"}, CANONICAL),
        ({"jid": None}, "5511999999999@s.whatsapp.net"),
        ({}, "5511999999999@s.whatsapp.net"),
        ({"jid": 5}, "5511999999999@s.whatsapp.net"),
        ({"jid": "123@lid"}, "123@lid"),
    ],
)
def test_chat_id_comes_without_a_device_and_else_from_the_number(connect, fields, chat_id):
    assert connect(answer(exists=True, **fields)).contacts.resolve("s", PHONE) == chat_id


def test_number_without_whatsapp_is_an_error_that_has_the_number_and_does_not_show_it(connect):
    with pytest.raises(NotOnWhatsAppError) as caught:
        connect(answer(exists=False)).contacts.resolve("s", PHONE)
    error = caught.value
    assert isinstance(error, TitanError)
    assert error.phone_number == pickle.loads(pickle.dumps(error)).phone_number == "+5511999999999"
    assert "999" not in f"{error} {error!r} {error.message} {error.args}"
    assert error.maybe_processed is False


@pytest.mark.parametrize(
    "data", [[], [{}], [{"phoneNumber": "+1"}], [{"exists": None}], [{"exists": "false"}], ["+1"], [None]]
)
def test_answer_that_does_not_say_it_is_a_response_error(connect, data):
    with pytest.raises(APIResponseError, match="contacts/check"):
        connect(FakeServer(json_response({"data": data}))).contacts.resolve("s", PHONE)


@pytest.mark.parametrize(
    ("given", "country", "number"),
    [
        ("11 99999-9999", "55", "+5511999999999"),
        ("(11) 99999-9999", "+55", "+5511999999999"),
        ("612 34 56 78", "34", "+34612345678"),
        ("+34 612 34 56 78", "55", "+34612345678"),
        ("34612345678:1@s.whatsapp.net", "55", "+34612345678"),
    ],
)
def test_number_without_plus_is_of_the_country_that_is_given(connect, given, country, number):
    server = answer(exists=True, jid=CANONICAL)
    assert connect(server).contacts.resolve("s", given, country=country) == CANONICAL
    assert json.loads(server.request.content) == {"phoneNumbers": [number]}


def test_number_that_does_not_fit_its_country_is_refused(connect):
    server = answer(exists=True)
    with pytest.raises(ValueError, match="country code already"):
        connect(server).contacts.resolve("s", "34612345678", country="34")
    with pytest.raises(TypeError, match="country must be a str"):
        connect(server).contacts.resolve("s", "612345678", country=34)
    assert server.requests == []


@pytest.mark.parametrize("given", ["123@lid", " 123@lid", "123:2@lid"])
def test_lid_comes_back_without_asking(connect, given):
    server = answer(exists=True)
    assert connect(server).contacts.resolve("s", given) == "123@lid"
    assert server.requests == []


@pytest.mark.parametrize(
    "given", ["", "11 99999-9999", "5511999999999", "120363012345678901@g.us", "status@broadcast"]
)
def test_what_is_no_number_of_a_known_country_is_refused(connect, given):
    server = answer(exists=True)
    with pytest.raises(ValueError, match=r"\w") as caught:
        connect(server).contacts.resolve("s", given)
    assert "999" not in str(caught.value)
    with pytest.raises(TypeError):
        connect(server).contacts.resolve("s", 5511999999999)
    assert server.requests == []


def test_errors_of_the_request_pass_through(connect):
    with pytest.raises(NotFoundError):
        connect(FakeServer(json_response({"error": "no such session"}, 404))).contacts.resolve("s", PHONE)


def test_it_is_not_one_plain_operation(connect):
    client = connect(answer(exists=True))
    for wrap in (client.submit, client.with_response):
        with pytest.raises(TypeError, match="one operation"):
            wrap(client.contacts.resolve, "s", PHONE)
