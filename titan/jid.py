"""Chat ids from what people have: phone numbers and group ids.

WhatsApp names every chat by a JID ("Jabber id"): a local part, an `@` and the kind of chat. A person is
`5511999999999@s.whatsapp.net`, a group `120363012345678901@g.us`. Every `chatId` of the API is one::

    from titan import jid

    chat_id = jid.user("+55 11 99999-9999")
    client.messages.send("my-session", {"chatId": chat_id, "type": "text", "text": "Hello!"})

Error texts never repeat what was passed: phone numbers do not belong in logs.
"""

STATUS = "status@broadcast"
"""The chat id of your own status (story)."""

_USER = "@s.whatsapp.net"
_GROUP = "@g.us"

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


def user(phone: str) -> str:
    """Turn a phone number into the chat id of its owner.

    Args:
        phone: An international number with its country code, `+` optional, with the usual separators.
            A chat id that ends in `@s.whatsapp.net` comes back as it is.

    Returns:
        The chat id.

    Raises:
        ValueError: This is not an international phone number; the text says why.
        TypeError: `phone` is not a string.

    Example::

        user("+55 11 99999-9999")  # "5511999999999@s.whatsapp.net"
    """
    phone = _text(phone, "phone")
    if "@" in phone:
        if phone.endswith(_USER) and _is_number(phone[: -len(_USER)]):
            return phone
        raise ValueError(
            f"this is not the chat id of a phone number, which is digits and {_USER} (no device, no +); "
            "use the ids of groups, channels and LIDs without jid.user"
        )
    number = phone.translate(_SEPARATORS)
    number = number[1:] if number.startswith("+") else number
    if not _is_number(number):
        raise ValueError(_not_a_number(number))
    if number.startswith("00"):
        raise ValueError(
            'phone starts with 00, the dialling prefix of some countries: write "+" in its place'
        )
    if number.startswith("0"):
        raise ValueError("phone is a national number (it starts with 0): give it with its country code")
    if "(0)" in phone:
        raise ValueError("phone has a (0), which is dialled only inside the country: leave it out")
    if not 5 <= len(number) <= 15:
        raise ValueError(
            f"phone has {len(number)} digits, an international number has 5 to 15: "
            "give one number, with its country code and without extension"
        )
    return number + _USER


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
