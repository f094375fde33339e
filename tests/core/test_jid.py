"""Phone numbers and group ids become chat ids, or are refused with what to do."""

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.interpreter import run_python
from tests.support.project import ROOT
from titan import jid

PHONE = "5511999999999"
USER = f"{PHONE}@s.whatsapp.net"

phones = st.from_regex(r"[1-9][0-9]{4,14}", fullmatch=True)
separators = st.text(
    " .-()/\u00a0\u202f\u2009\u2010\u2011\u2012\u2013\u2014\u2015\u200e\u202a\u202c\u2068\u2069"
)


@pytest.mark.parametrize(
    "phone",
    [
        "+55 11 99999-9999",
        "+5511999999999",
        "+55 (11) 99999-9999",
        "(+55) 11 99999.9999",
        "+55/11/999999999",
        "+55\u00a011\u00a099999\u20119999",
        "+55\u202f11\u202f99999\u20109999",
        "+55 11 99999\u20139999",
        "\u202a+55 11 99999\u20149999\u202c",
        "\u2066+55 11 99999\u20159999\u2069",
        "\u200e+55\u200911\u200999999\u20129999",
        "  +55 11 99999-9999\r\n",
        USER,
        f" {USER}\n",
        f"{PHONE}:12@s.whatsapp.net",
        f"{PHONE}:0@s.whatsapp.net",
        f"{PHONE}.0:12@s.whatsapp.net",
        f"{PHONE}.1@s.whatsapp.net",
    ],
)
def test_phone_number_becomes_the_chat_id_of_its_owner(phone):
    assert jid.user(phone) == USER


@given(phones, st.data())
def test_separators_anywhere_make_no_difference(phone, data):
    written = "".join(digit + data.draw(separators) for digit in f"+{phone}")
    if "(0)" not in written:
        assert jid.user(written) == f"{phone}@s.whatsapp.net"


@given(st.text(string.digits, min_size=1))
def test_chat_id_of_a_phone_number_comes_back_as_it_is(digits):
    assert jid.user(f"{digits}@s.whatsapp.net") == f"{digits}@s.whatsapp.net"


def test_bounds_of_a_phone_number_are_5_and_15_digits():
    assert jid.user("+12345") == "12345@s.whatsapp.net"
    assert jid.user("+123456789012345") == "123456789012345@s.whatsapp.net"


@pytest.mark.parametrize(
    ("phone", "why"),
    [
        ("", "no digits"),
        (" ", "no digits"),
        ("+", "no digits"),
        ("( - )", "no digits"),
        ("555 PIZZA", "letters"),
        ("+55 11 99999-9999 ext 5", "letters"),
        ("tel:+5511999999999", "letters"),
        ("+55 11 ٩٩٩٩٩٩٩٩٩", "another script"),
        ("+55 11 ９９９９９９９９９", "another script"),
        ("+55 11 99999999²", "another script"),
        ("55+11999999999", "not at its beginning"),
        ("++5511999999999", "not at its beginning"),
        ("+5511999999999 +5511888888888", "not at its beginning"),
        ("+55 11 99999#9999", r"\(U\+0023\)"),
        ("+55 11 99999\n9999", r"\(U\+000A\)"),
        ("+55 11 99999\ud8009999", r"\(U\+D800\)"),
        ("005511999999999", 'write "\\+"'),
        ("+005511999999999", 'write "\\+"'),
        ("(00) 55 11 999999999", 'write "\\+"'),
        ("011 99999-9999", "country code"),
        ("+0 11 99999-9999", "country code"),
        ("(0)11 99999-9999", "country code"),
        ("0", "country code"),
        ("+49 (0) 30 1234567", r"\(0\).*leave it out"),
        ("+1234", "has 4 digits"),
        ("1234567890123456", "has 16 digits"),
        (f"+{USER}", "chat id"),
        ("5511999999999:@s.whatsapp.net", "chat id"),
        ("5511999999999:x@s.whatsapp.net", "chat id"),
        ("5511999999999:1:2@s.whatsapp.net", "chat id"),
        ("5511999999999.:1@s.whatsapp.net", "chat id"),
        ("11 99999-9999", "does not say its country"),
        ("5511999999999", "does not say its country"),
        ("99999", "does not say its country"),
        ("(11) 99999-9999", 'country="<code>"'),
        ("@s.whatsapp.net", "chat id"),
        ("٩٩٩@s.whatsapp.net", "chat id"),
        ("55 11@s.whatsapp.net", "chat id"),
        (f"{USER}@s.whatsapp.net", "chat id"),
        ("5511999999999@c.us", "chat id"),
        ("12345678901234567890@lid", "without jid.user"),
        ("120363012345678901@g.us", "without jid.user"),
    ],
)
def test_what_is_not_an_international_phone_number_is_refused_with_the_reason(phone, why):
    with pytest.raises(ValueError, match=why):
        jid.user(phone)


@pytest.mark.parametrize(
    ("phone", "country", "chat_id"),
    [
        ("11 99999-9999", "55", USER),
        ("(11) 99999-9999", "+55", USER),
        ("55 99999-9999", "55", "5555999999999@s.whatsapp.net"),  # 55 is an area of Brazil as well
        ("650 253 0000", "1", "16502530000@s.whatsapp.net"),
        ("901234567", "420", "420901234567@s.whatsapp.net"),
        ("9 12 34 56 78", "33", "33912345678@s.whatsapp.net"),
        ("341 234 567", "34", "34341234567@s.whatsapp.net"),  # a national number may begin as the code does
        ("712 345 67 89", "7", "77123456789@s.whatsapp.net"),
        ("800 555 35 35", "7", "78005553535@s.whatsapp.net"),
        ("4412 34567", "44", "44441234567@s.whatsapp.net"),
        ("91234 56789", "91", "919123456789@s.whatsapp.net"),
        ("9 11 1234-5678", "54", "5491112345678@s.whatsapp.net"),
        ("1 55 1234 5678", "52", "5215512345678@s.whatsapp.net"),
        ("491 1234567", "49", "494911234567@s.whatsapp.net"),
        ("39012345", "39", "3939012345@s.whatsapp.net"),
        ("+1 650 253 0000", "55", "16502530000@s.whatsapp.net"),
        (f"{PHONE}:12@s.whatsapp.net", "1", USER),
    ],
)
def test_number_without_plus_is_of_the_country_that_is_given(phone, country, chat_id):
    assert jid.user(phone, country=country) == chat_id


@pytest.mark.parametrize(
    ("phone", "country", "why"),
    [
        ("5511999999999", "55", "country code already"),
        ("420901234567", "420", "country code already"),
        ("33 6 12 34 56 78", "33", 'country code already: write it with "\\+"'),
        ("33 06 12 34 56 78", "33", "country code already"),
        ("34612345678", "34", 'country code already: write it with "\\+"'),
        ("1 415 555 2671", "1", 'country code already: write it with "\\+"'),
        ("1 (415) 555-2671", "+1", "country code already"),
        ("7 912 345-67-89", "7", "country code already"),
        ("44 20 7946 0000", "44", "country code already"),
        ("44 1204 12345", "44", "country code already"),
        ("55 11 3333-4444", "55", "country code already"),
        ("52 55 1234 5678", "52", "country code already"),
        ("54 9 11 1234-5678", "54", "country code already"),
        ("54 11 1234-5678", "54", "country code already"),
        ("351 912 345 678", "351", "country code already"),
        ("91 98765 43210", "91", "country code already"),
        ("49 1512 3456789", "49", "country code already"),
        ("39 347 123 4567", "39", "country code already"),
        ("8 912 345-67-89", "7", 'starts with 8.*"\\+"'),
        ("8 (912) 345 67 89", "+7", "starts with 8"),
        ("8 612 34567", "370", "starts with 8"),
        ("011 99999-9999", "55", "starts with 0"),
        ("0044 20 7946 0000", "44", 'write "\\+"'),
        ("(0)20 7946 0000", "44", "starts with 0"),
        ("12", "1", "has 3 digits"),
        ("1234567890123456", "44", "has 18 digits"),
        ("11 99999-9999", "", "calling code"),
        ("11 99999-9999", "BR", "calling code"),
        ("11 99999-9999", "055", "calling code"),
        ("11 99999-9999", "5511", "calling code"),
        ("11 99999-9999", "٥٥", "calling code"),
        ("+55 11 99999-9999", "BR", "calling code"),
    ],
)
def test_number_that_does_not_fit_its_country_is_refused(phone, country, why):
    with pytest.raises(ValueError, match=why) as caught:
        jid.user(phone, country=country)
    assert "9999" not in str(caught.value)


@pytest.mark.parametrize("country", [55, b"55", ["55"]])
def test_country_that_is_not_a_string_is_refused(country):
    with pytest.raises(TypeError, match="country must be a str"):
        jid.user("11 99999-9999", country=country)


@given(st.text())
@example("\ud800@")
def test_user_gives_a_well_formed_chat_id_or_a_value_error(text):
    try:
        chat_id = jid.user(text)
    except ValueError:
        return
    local, _, server = chat_id.partition("@")
    assert set(local) <= set(string.digits)
    assert server == "s.whatsapp.net"


@pytest.mark.parametrize(
    "phone",
    [
        "{}",
        "0{}",
        "00{}",
        "+{}x",
        "+{}#",
        "+{}+",
        "+{}9999",
        "{}@lid",
        "+{}@s.whatsapp.net",
        "{}٩",
        "+{} (0)",
    ],
)
def test_error_texts_do_not_repeat_the_phone_number(phone):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - each has its own text
        jid.user(phone.format("551199999999"))
    assert "5511" not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("value", [None, 5511999999999, b"5511999999999", ["5511999999999"]])
def test_what_is_not_a_string_is_refused_and_not_shown(value):
    with pytest.raises(TypeError, match=f"phone must be a str, not {type(value).__name__}$"):
        jid.user(value)
    with pytest.raises(TypeError, match=f"group_id must be a str, not {type(value).__name__}$"):
        jid.group(value)


@pytest.mark.parametrize("group_id", ["120363012345678901", "5511999999999-1500000000"])
def test_group_id_becomes_a_chat_id_and_a_chat_id_comes_back_as_it_is(group_id):
    assert jid.group(group_id) == f"{group_id}@g.us"
    assert jid.group(f"{group_id}@g.us") == f"{group_id}@g.us"
    assert jid.group(f" {group_id}\n") == f"{group_id}@g.us"


@pytest.mark.parametrize(
    "group_id",
    [
        "",
        " ",
        "-",
        "@g.us",
        "-1500000000",
        "5511999999999-",
        "5511999999999-1-2",
        "5511999999999--1",
        "Family",
        "12036301234567890１",
        "120363 012345678901",
        "5511999999999@s.whatsapp.net",
        "120363012345678901@g.us@g.us",
        "120363012345678901@newsletter",
        "https://chat.whatsapp.com/AbCdEfGhIjK",
    ],
)
def test_what_is_not_a_group_id_is_refused_with_where_to_find_one(group_id):
    with pytest.raises(ValueError, match=r"client\.groups\.list") as caught:
        jid.group(group_id)
    assert "5511" not in str(caught.value)


def test_status_is_the_chat_id_of_the_own_story():
    assert jid.STATUS == "status@broadcast"


def test_jid_loads_no_other_module():
    code = (
        f"import sys, importlib; sys.path.insert(0, {str(ROOT)!r}); before = set(sys.modules)\n"
        "from titan import jid; jid.user('+55 11 99999-9999')\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    assert run_python(code, options=["-S"]).split() == ["titan", "titan.jid"]
