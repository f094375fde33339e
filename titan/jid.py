"""Chat ids from what people have: phone numbers and group ids.

WhatsApp names every chat by a JID ("Jabber id"): a local part, an `@` and the kind of chat. A person is
`5511999999999@s.whatsapp.net`, a group `120363012345678901@g.us`. Every `chatId` of the API is one::

    from titan import jid

    chat_id = jid.user("+55 11 99999-9999")
    client.messages.send("my-session", {"chatId": chat_id, "type": "text", "text": "Hello!"})

A number that does not say its country belongs to another person in each country, so it is refused.
Error texts never repeat what was passed: phone numbers do not belong in logs.
"""

__all__ = ["STATUS", "group", "user"]

# Not from `typing`: loading it costs more than this whole module.
TYPE_CHECKING: bool = False
if TYPE_CHECKING:
    from typing import Optional
else:

    class Optional:
        """That of `typing`, which is loaded when somebody resolves the annotations."""

        def __class_getitem__(cls, kind):
            import typing

            return typing.Optional[kind]


STATUS = "status@broadcast"
"""The chat id of your own status (story)."""

_USER = "@s.whatsapp.net"
_GROUP = "@g.us"
_HAVE_DEVICES = ("s.whatsapp.net", "lid", "c.us")
# How many digits the numbers of a country have behind its calling code, fewest and most. Of other countries
# no number with its code is as long as the last line says, if the code stands in it once.
_NATIONAL_DIGITS = {
    "1": (10, 10),
    "7": (10, 10),
    "27": (9, 9),
    "31": (9, 9),
    "32": (8, 9),
    "33": (9, 9),
    "34": (9, 9),
    "41": (9, 9),
    "44": (9, 10),
    "48": (9, 9),
    "51": (8, 9),
    "52": (10, 11),
    "54": (10, 11),
    "55": (10, 11),
    "56": (9, 9),
    "57": (10, 10),
    "61": (9, 9),
    "90": (10, 10),
    "91": (10, 10),
    "92": (9, 10),
    "351": (9, 9),
    "370": (8, 8),
    "420": (9, 9),
    "972": (8, 9),
}
_LENGTH_OF_DOUBLED_CODE = 14
# Where people dial an 8 inside the country, as others do a 0.
_TRUNK_IS_8 = ("7", "370")

# Besides plain punctuation, what copying from a phone or a web page brings along: non-breaking and thin
# spaces, typographic hyphens, invisible direction marks. Not a line break or tab: those separate numbers.
_SEPARATORS = dict.fromkeys(
    [
        *map(ord, " .-()/\u00a0\u202f\u200e\u200f"),
        *range(0x2000, 0x200B),
        *range(0x2010, 0x2016),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    ]
)


def user(phone: str, *, country: "Optional[str]" = None) -> str:
    """Turn a phone number into the chat id of its owner.

    Args:
        phone: A phone number with the usual separators: international, with `+` and its country code, or
            national, together with `country`. A chat id that ends in `@s.whatsapp.net` comes back without
            the number of a device in it.
        country: Calling code of numbers without `+`, such as `"55"`. They are written as they are dialled
            from abroad, without the `0` (in some countries `8`) that is put in front at home.

    Returns:
        The chat id.

    Raises:
        ValueError: This is not a phone number of a known country; the text says why.
        TypeError: `phone` or `country` is not a string.

    Example::

        user("+55 11 99999-9999")  # "5511999999999@s.whatsapp.net"
        user("11 99999-9999", country="55")  # the same
    """
    phone = _text(phone, "phone")
    code = None if country is None else _calling_code(country)
    if "@" in phone:
        chat_id = _drop_device(phone)
        if chat_id.endswith(_USER) and _is_number(chat_id[: -len(_USER)]):
            return chat_id
        raise ValueError(
            f"this is not the chat id of a phone number, which is digits and {_USER} (no +); "
            "use the ids of groups, channels and LIDs without jid.user"
        )
    number = phone.translate(_SEPARATORS)
    is_international = number.startswith("+")
    digits = number[1:] if is_international else number
    if not _is_number(digits):
        raise ValueError(_not_a_number(digits))
    _refuse_prefixes(phone, digits)
    if is_international:
        return _checked(digits) + _USER
    if code is None:
        _checked(digits)
        raise ValueError(
            'phone does not say its country: write it with "+" and country code, or pass country="<code>"'
        )
    _refuse_more_than_national(code, digits)
    return _checked(code + digits) + _USER


def group(group_id: str) -> str:
    """Turn a group id into a chat id.

    Args:
        group_id: The digits WhatsApp knows the group by, in old groups two runs of them with a hyphen
            between. An id that ends in `@g.us` comes back as it is.

    Returns:
        The chat id.

    Raises:
        ValueError: This is not a group id.
        TypeError: `group_id` is not a string.

    Example::

        group("120363012345678901")  # "120363012345678901@g.us"
    """
    group_id = _text(group_id, "group_id")
    local = group_id[: -len(_GROUP)] if group_id.endswith(_GROUP) else group_id
    if not all(map(_is_number, local.split("-", 1))):
        raise ValueError(
            f"group_id must be digits, or digits-digits, with or without {_GROUP}: take the id from "
            "client.groups.list; for an invite, client.groups.join returns the group"
        )
    return local + _GROUP


def _drop_device(chat_id: str) -> str:
    """A chat id without the device, and the agent before it, that WhatsApp names in some places.

    `5511999999999:12@s.whatsapp.net` is one phone or computer of a person, not somebody to write to.
    """
    local, _, server = chat_id.partition("@")
    before, colon, device = local.partition(":")
    number, dot, agent = before.partition(".")
    is_one = _is_number(number) and (not colon or _is_number(device)) and (not dot or _is_number(agent))
    return f"{number}@{server}" if server in _HAVE_DEVICES and is_one else chat_id


def _calling_code(country: str) -> str:
    code = _text(country, "country").removeprefix("+")
    if not _is_number(code) or code.startswith("0") or len(code) > 3:
        raise ValueError('country must be a calling code, 1 to 3 digits, such as "55"')
    return code


def _refuse_prefixes(phone: str, digits: str) -> None:
    if digits.startswith("00"):
        raise ValueError(
            'phone starts with 00, the dialling prefix of some countries: write "+" in its place'
        )
    if digits.startswith("0"):
        raise ValueError(
            "phone starts with 0, which is dialled only inside the country: leave it out, and give the "
            "country code"
        )
    if "(0)" in phone:
        raise ValueError("phone has a (0), which is dialled only inside the country: leave it out")


def _refuse_more_than_national(code: str, digits: str) -> None:
    """Refuse a number that has its country code already, or a prefix dialled inside the country."""
    fewest, most = _NATIONAL_DIGITS.get(code, (1, _LENGTH_OF_DOUBLED_CODE - 1 - len(code)))
    if len(digits) <= most:
        return
    if digits.startswith(code) and len(digits) - len(code) >= fewest:
        raise ValueError('phone seems to have its country code already: write it with "+" in front')
    if code in _TRUNK_IS_8 and digits.startswith("8"):
        raise ValueError(
            "phone starts with 8, which is dialled only inside the country: leave it out, or write the "
            'number with "+" and its country code'
        )


def _checked(digits: str) -> str:
    if not 5 <= len(digits) <= 15:
        raise ValueError(
            f"phone has {len(digits)} digits, an international number has 5 to 15: "
            "give one number, with its country code and without extension"
        )
    return digits


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    return value.strip()


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _not_a_number(text: str) -> str:
    if not text:
        return "phone has no digits: give an international number, such as +<country code> <number>"
    if any(map(str.isalpha, text)):
        return "phone has letters: write the number with digits only, without name or extension"
    if any(char.isnumeric() and not char.isascii() for char in text):
        return "phone has digits of another script: write it with the digits 0 to 9"
    if "+" in text:
        return 'phone has a "+" that is not at its beginning: give one number, with "+" in front or none'
    odd = next(char for char in text if not _is_number(char))
    return f"phone has a character (U+{ord(odd):04X}) that is not part of a phone number: leave it out"
