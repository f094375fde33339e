"""How a sandbox behaves where Titan leaves it open; tests can change it while it runs."""

from __future__ import annotations

from typing import Any, Callable, Mapping, Optional

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from typing_extensions import Annotated, Literal, TypedDict

from .errors import SandboxError


class Options(TypedDict, total=False):
    """What `Sandbox` and `configure` take."""

    rate_limit: int
    """Requests that a key may make in a minute. Default: 100,000."""
    scan_after: Optional[float]
    """Seconds after which a shown QR code is scanned by itself. Default: None, never."""
    qr_seconds: float
    """Seconds until a QR code is replaced by the next. Default: 20."""
    qr_format: Literal["image", "text"]
    """What `pairing.qr` answers with: a data URI of a PNG (the default), or the raw text to draw."""
    sent_after: float
    """Seconds that a message is `pending`, also in the answer to who sends it. Default: 0."""
    delivered_after: Optional[float]
    """Seconds from sending a message to its status `delivered`. Default: 0.2. None: not by itself."""
    read_after: Optional[float]
    """Seconds from sending a message to its status `read`. Default: 1. None: not by itself."""
    reconnect_after: float
    """Seconds that a session stays in CONNECTING with AUTO_RECONNECT. Default: 1."""
    auto_persist: bool
    """Whether files that come in are persisted at once; their event then has `mediaUrl`. Default: False."""
    deprecation: Optional[str]
    """Value of a `Deprecation` header on every response, such as `true`. Default: None, no header."""
    sunset: Optional[str]
    """Value of a `Sunset` header on every response, a date. Default: None, no header."""
    sdk_deprecation: Optional[str]
    """Value of a `Titan-SDK-Deprecation` header on every response, a text. Default: None, no header."""


_HeaderValue = Annotated[str, Field(pattern=r"^[ -~]*$")]


class Settings(BaseModel):
    """All the options, with a value each."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", allow_inf_nan=False, frozen=True
    )

    rate_limit: Annotated[int, Field(ge=0)] = 100_000
    scan_after: Optional[Annotated[float, Field(ge=0)]] = None
    qr_seconds: Annotated[float, Field(gt=0)] = 20
    qr_format: Literal["image", "text"] = "image"
    sent_after: Annotated[float, Field(ge=0)] = 0
    delivered_after: Optional[Annotated[float, Field(ge=0)]] = 0.2
    read_after: Optional[Annotated[float, Field(ge=0)]] = 1
    reconnect_after: Annotated[float, Field(ge=0)] = 1
    auto_persist: bool = False
    deprecation: Optional[_HeaderValue] = None
    sunset: Optional[_HeaderValue] = None
    sdk_deprecation: Optional[_HeaderValue] = None

    def changed(self, changes: Mapping[str, Any]) -> Settings:
        """Take over changes.

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
            raise SandboxError(400, sentence(error)) from None
        return self.model_copy(update={name: getattr(given, name) for name in given.model_fields_set})


def sentence(error: ValidationError, spell: Callable[[str], str] = str) -> str:
    """Say what pydantic has against a value, after the name of the field as it is to be spelt."""
    first = error.errors(include_url=False)[0]
    field = ".".join(spell(str(part)) for part in first["loc"])
    message = first["msg"].replace("Value error, ", "")
    message = message[:1].lower() + message[1:]
    return f"{field}: {message}" if field else message
