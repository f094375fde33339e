"""The options of a sandbox, the same for its constructor, `configure` and the command line."""

from __future__ import annotations

from typing import Any, Callable, Mapping, Optional

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from typing_extensions import Annotated, Literal, TypedDict

from .errors import SandboxError


class Options(TypedDict, total=False):
    """The options as keyword arguments, for type checkers. `Settings` says what each does."""

    rate_limit: int
    scan_after: Optional[float]
    qr_seconds: float
    qr_format: Literal["image", "text"]
    sent_after: float
    delivered_after: Optional[float]
    read_after: Optional[float]
    reconnect_after: float
    auto_persist: bool
    deprecation: Optional[str]
    sunset: Optional[str]
    sdk_deprecation: Optional[str]


_Seconds = Annotated[float, Field(ge=0)]
_HeaderValue = Annotated[str, Field(pattern=r"^[ -~]*$")]


class Settings(BaseModel):
    """All the options, each with its type, its default and what it does."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", allow_inf_nan=False, frozen=True
    )

    rate_limit: Annotated[int, Field(ge=0, description="requests that a key may make in a minute")] = 100_000
    scan_after: Annotated[
        Optional[_Seconds],
        Field(description="seconds after which a shown QR code is scanned by itself; None: never"),
    ] = None
    qr_seconds: Annotated[
        float, Field(gt=0, description="seconds until a QR code is replaced by the next")
    ] = 20
    qr_format: Annotated[
        Literal["image", "text"],
        Field(description='what `pairing.qr` returns: "image", a data URI of a PNG, or "text", to be drawn'),
    ] = "image"
    sent_after: Annotated[
        _Seconds, Field(description="seconds that a message is `pending`, also in the response to its sender")
    ] = 0
    delivered_after: Annotated[
        Optional[_Seconds],
        Field(description="seconds from sending a message to its status `delivered`; None: not by itself"),
    ] = 0.2
    read_after: Annotated[
        Optional[_Seconds],
        Field(description="seconds from sending a message to its status `read`; None: not by itself"),
    ] = 1
    reconnect_after: Annotated[
        _Seconds, Field(description="seconds that a session stays in CONNECTING with AUTO_RECONNECT")
    ] = 1
    auto_persist: Annotated[
        bool,
        Field(description="whether incoming files are persisted at once; their event then has `mediaUrl`"),
    ] = False
    deprecation: Annotated[
        Optional[_HeaderValue],
        Field(description="a `Deprecation` header for every response, such as `true`; None: no header"),
    ] = None
    sunset: Annotated[
        Optional[_HeaderValue],
        Field(description="a `Sunset` header for every response, a date; None: no header"),
    ] = None
    sdk_deprecation: Annotated[
        Optional[_HeaderValue],
        Field(description="a `Titan-SDK-Deprecation` header for every response, a text; None: no header"),
    ] = None

    def change(self, changes: Mapping[str, Any]) -> Settings:
        """Give the settings with some of them changed.

        Args:
            changes: By their names, in snake_case or as JSON has them.

        Returns:
            The settings with the changes.

        Raises:
            SandboxError: 400, when there is no such setting, or it cannot have this value.
        """
        try:
            given = Settings.model_validate(dict(changes))
        except ValidationError as error:
            raise SandboxError(400, explain(error)) from None
        return self.model_copy(update={name: getattr(given, name) for name in given.model_fields_set})


def explain(error: ValidationError, spell: Callable[[str], str] = str) -> str:
    """Say in a sentence why pydantic refuses a value, after the name of the field as it is to be spelt."""
    first = error.errors(include_url=False)[0]
    field = ".".join(spell(str(part)) for part in first["loc"])
    message = first["msg"].replace("Value error, ", "")
    message = message[:1].lower() + message[1:]
    return f"{field}: {message}" if field else message
