"""Typed client for the Titan WhatsApp API.

For example::

    from titan import TitanClient

    with TitanClient(base_url="https://api.example.com", api_key="titan_...") as client:
        client.messages.send("my-session", {"chatId": "...", "type": "text", "text": "Hello!"})

Public names are loaded when they are first used: a webhook endpoint that only verifies signatures
loads neither httpx nor pydantic.
"""

# Not imported from `typing`: loading it costs more than verifying a signature, and both checkers treat a
# variable of this name as true. jedi, which completes in IPython and Jupyter, would take a plain `= False` at
# its word; the annotation makes it look at both branches.
TYPE_CHECKING: bool = False
if TYPE_CHECKING:
    import titan.jid as jid

    from ._http.connections.transport import DeadlineTransport as DeadlineTransport
    from ._signature import sign_webhook as sign_webhook
    from ._signature import verify_webhook as verify_webhook
    from ._version import __version__ as __version__
    from .client import TitanClient as TitanClient
    from .errors import APIConnectionError as APIConnectionError
    from .errors import APIResponseError as APIResponseError
    from .errors import APIStatusError as APIStatusError
    from .errors import APITimeoutError as APITimeoutError
    from .errors import AuthenticationError as AuthenticationError
    from .errors import BadGatewayError as BadGatewayError
    from .errors import BadRequestError as BadRequestError
    from .errors import ConfigurationError as ConfigurationError
    from .errors import ConflictError as ConflictError
    from .errors import NotFoundError as NotFoundError
    from .errors import NotOnWhatsAppError as NotOnWhatsAppError
    from .errors import PairingError as PairingError
    from .errors import PermissionDeniedError as PermissionDeniedError
    from .errors import RateLimitError as RateLimitError
    from .errors import ServerError as ServerError
    from .errors import ServiceUnavailableError as ServiceUnavailableError
    from .errors import TitanDeprecationWarning as TitanDeprecationWarning
    from .errors import TitanError as TitanError
    from .errors import TitanSecurityWarning as TitanSecurityWarning
    from .errors import TitanWarning as TitanWarning
    from .errors import WebhookError as WebhookError
    from .errors import WebhookInProgressError as WebhookInProgressError
    from .errors import WebhookPayloadError as WebhookPayloadError
    from .errors import WebhookSignatureError as WebhookSignatureError
    from .services._results import Response as Response
    from .services._results import Submitted as Submitted
    from .webhooks import WebhookRouter as WebhookRouter
    from .webhooks import parse_webhook as parse_webhook

# Most modules load at their first use. Where the package was found by a relative path, in a wheel or folder
# on `sys.path`, they must still be found after the program has changed its working directory.
if not (__path__[0].startswith(("/", "\\")) or __path__[0][1:2] == ":"):
    import os as _os  # not above: nothing else needs it before the first use

    __path__[:] = map(_os.path.abspath, __path__)

_HOME_OF = {
    "__version__": "_version",
    "TitanClient": "client",
    "DeadlineTransport": "_http.connections.transport",
    "Response": "services._results",
    "Submitted": "services._results",
    "sign_webhook": "_signature",
    "verify_webhook": "_signature",
    "APIConnectionError": "errors",
    "APIResponseError": "errors",
    "APIStatusError": "errors",
    "APITimeoutError": "errors",
    "AuthenticationError": "errors",
    "BadGatewayError": "errors",
    "BadRequestError": "errors",
    "ConfigurationError": "errors",
    "ConflictError": "errors",
    "NotFoundError": "errors",
    "NotOnWhatsAppError": "errors",
    "PairingError": "errors",
    "PermissionDeniedError": "errors",
    "RateLimitError": "errors",
    "ServerError": "errors",
    "ServiceUnavailableError": "errors",
    "TitanDeprecationWarning": "errors",
    "TitanError": "errors",
    "TitanSecurityWarning": "errors",
    "TitanWarning": "errors",
    "WebhookError": "errors",
    "WebhookInProgressError": "errors",
    "WebhookPayloadError": "errors",
    "WebhookSignatureError": "errors",
    "WebhookRouter": "webhooks",
    "parse_webhook": "webhooks",
}

__all__ = ["jid", *_HOME_OF]  # pyright: ignore[reportUnsupportedDunderAll]

if not TYPE_CHECKING:

    def __getattr__(name):
        from importlib import import_module

        if name == "jid":
            return import_module(".jid", __name__)
        if name not in _HOME_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f".{_HOME_OF[name]}", __name__), name)
        globals()[name] = value
        return value

    def __dir__():
        return sorted(__all__)
