# generated from openapi.yaml and sdk.yaml by scripts/generate; do not edit
"""The domains of the API, one class each, loaded when it is first used.

A module without helpers is generated; one with helpers is written by hand, on its class in
`_generated`. They may import `_http`, `_models`, `errors`, `webhooks` and the generated types.
"""

TYPE_CHECKING: bool = False  # annotated, or jedi would complete none of the names below
if TYPE_CHECKING:
    from .account_keys import AccountKeys as AccountKeys
    from .channels import Channels as Channels
    from .chats import Chats as Chats
    from .client_tokens import ClientTokens as ClientTokens
    from .contacts import Contacts as Contacts
    from .groups import Groups as Groups
    from .labels import Labels as Labels
    from .lids import Lids as Lids
    from .media import MediaService as MediaService
    from .messages import Messages as Messages
    from .pairing import Pairing as Pairing
    from .presence import PresenceService as PresenceService
    from .profile import ProfileService as ProfileService
    from .sessions import Sessions as Sessions
    from .webhooks import Webhooks as Webhooks

_MODULE_OF = {
    "AccountKeys": "account_keys",
    "Channels": "channels",
    "Chats": "chats",
    "ClientTokens": "client_tokens",
    "Contacts": "contacts",
    "Groups": "groups",
    "Labels": "labels",
    "Lids": "lids",
    "MediaService": "media",
    "Messages": "messages",
    "Pairing": "pairing",
    "PresenceService": "presence",
    "ProfileService": "profile",
    "Sessions": "sessions",
    "Webhooks": "webhooks",
}

__all__ = [*_MODULE_OF]  # pyright: ignore[reportUnsupportedDunderAll]

if not TYPE_CHECKING:

    def __getattr__(name):
        from importlib import import_module

        if name not in _MODULE_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f".{_MODULE_OF[name]}", __name__), name)

    def __dir__():
        return sorted(__all__)
