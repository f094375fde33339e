"""The options of a sandbox, the same for its constructor, `configure` and the command line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Callable, Mapping, Optional, get_type_hints

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config
from pydantic.alias_generators import to_camel
from typing_extensions import Annotated, Literal, TypedDict

from .errors import SandboxError

_Seconds = Annotated[float, Field(ge=0)]
_HeaderValue = Annotated[str, Field(pattern=r"^[ -~]*$")]


@with_config(ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", allow_inf_nan=False))
class Options(TypedDict, total=False):
    """What can be set, with limits and descriptions. `Settings` has the defaults."""

    clock: Annotated[
        Literal["own", "test"],
        Field(
            description='whose dates there are: "own", the time at the last reset, which goes on by itself; '
            'or "test", the time of the process, as a test has frozen or moved it. Waits take their real '
            "time with both"
        ),
    ]
    rate_limit: Annotated[int, Field(ge=0, description="requests that a key may make in a minute")]
    scan_after: Annotated[
        Optional[_Seconds],
        Field(description="seconds after which a shown QR code is scanned by itself; None: never"),
    ]
    qr_seconds: Annotated[float, Field(gt=0, description="seconds until a QR code is replaced by the next")]
    qr_format: Annotated[
        Literal["image", "text"],
        Field(description='what `pairing.qr` returns: "image", a data URI of a PNG, or "text", to be drawn'),
    ]
    sent_after: Annotated[
        _Seconds, Field(description="seconds that a message is `pending`, also in the response to its sender")
    ]
    delivered_after: Annotated[
        Optional[_Seconds],
        Field(description="seconds from sending a message to its status `delivered`; None: not by itself"),
    ]
    read_after: Annotated[
        Optional[_Seconds],
        Field(description="seconds from sending a message to its status `read`; None: not by itself"),
    ]
    reconnect_after: Annotated[
        _Seconds, Field(description="seconds that a session stays in CONNECTING with AUTO_RECONNECT")
    ]
    restrict_after: Annotated[
        Optional[Annotated[int, Field(ge=1)]],
        Field(
            description="to how many people who are not on WhatsApp an account may write until it is "
            "restricted for a day, as by `restrict`; None: any number"
        ),
    ]
    auto_persist: Annotated[
        bool,
        Field(description="whether incoming files are persisted at once; their event then has `mediaUrl`"),
    ]
    deprecation: Annotated[
        Optional[_HeaderValue],
        Field(description="a `Deprecation` header for every response, such as `true`; None: no header"),
    ]
    sunset: Annotated[
        Optional[_HeaderValue],
        Field(description="a `Sunset` header for every response, a date; None: no header"),
    ]
    sdk_deprecation: Annotated[
        Optional[_HeaderValue],
        Field(description="a `Titan-SDK-Deprecation` header for every response, a text; None: no header"),
    ]
    max_messages: Annotated[
        int,
        Field(ge=1, description="how many messages are kept, in all chats together; then the oldest go"),
    ]
    max_deliveries: Annotated[
        int,
        Field(ge=1, description="how many deliveries the log keeps; then the oldest go, pending ones never"),
    ]
    max_file_bytes: Annotated[
        int,
        Field(
            ge=0,
            description="bytes of files that are kept, and of base64 in what was sent; then the oldest go",
        ),
    ]
    max_body_bytes: Annotated[
        int, Field(ge=0, description="how large the body of a request may be; what is larger gets a 413")
    ]
    max_connections: Annotated[
        int, Field(ge=1, description="how many connections there may be; what is more gets a 503")
    ]
    request_timeout: Annotated[
        float,
        Field(
            gt=0,
            description=(
                "seconds in which the head of a request has to come, and its body, which has one more for "
                "each 100 kB; what comes later gets a 408"
            ),
        ),
    ]


_options = TypeAdapter(Options)


@dataclass(frozen=True)
class Settings:
    """What is set. `Options` describes each."""

    clock: Literal["own", "test"] = "own"
    rate_limit: int = 100_000
    scan_after: Optional[float] = None
    qr_seconds: float = 20
    qr_format: Literal["image", "text"] = "image"
    sent_after: float = 0
    delivered_after: Optional[float] = 0.2
    read_after: Optional[float] = 1
    reconnect_after: float = 1
    restrict_after: Optional[int] = None
    auto_persist: bool = False
    deprecation: Optional[str] = None
    sunset: Optional[str] = None
    sdk_deprecation: Optional[str] = None
    max_messages: int = 50_000
    max_deliveries: int = 50_000
    max_file_bytes: int = 500_000_000
    max_body_bytes: int = 100_000_000
    max_connections: int = 500
    request_timeout: float = 30

    def change(self, changes: Mapping[str, Any]) -> Settings:
        """Create settings with some of these changed.

        Args:
            changes: By their names, in snake_case or as JSON has them.

        Returns:
            The settings with the changes.

        Raises:
            SandboxError: 400, when there is no such setting, or it cannot have this value.
        """
        try:
            options = _options.validate_python(dict(changes))
        except ValidationError as error:
            known = get_type_hints(Options)
            unknown = changes.keys() - known.keys() - {to_camel(name) for name in known}
            message = (
                f"unknown setting: {min(unknown)} (known: {', '.join(known)})" if unknown else explain(error)
            )
            raise SandboxError(400, message) from None
        return replace(self, **options)


def describe(name: str) -> str:
    """Say what an option does."""
    *_, field = get_type_hints(Options, include_extras=True)[name].__metadata__
    return str(field.description)


def explain(error: ValidationError, spell: Callable[[str], str] = str) -> str:
    """Say in a sentence why pydantic refuses a value, after the name of the field as it is to be spelt."""
    first = error.errors(include_url=False)[0]
    field = ".".join(spell(str(part)) for part in first["loc"])
    message = first["msg"].replace("Value error, ", "")
    message = message[:1].lower() + message[1:]
    return f"{field}: {message}" if field else message
