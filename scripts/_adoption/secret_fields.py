"""Which fields are secret under another contract: none is lost without a person knowing."""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Tuple

from _contract.inline_schemas import merged_properties

from .pairing import Pairing
from .shapes import Document, resolve_schema, schemas_of, types_of

_TELLING_WORDS = ("token", "secret", "password", "hmac", "apikey", "api_key", "credential")


class LostSecret(NamedTuple):
    """A secret field that is not there any more."""

    field: str
    hidden_instead: Tuple[str, ...]
    """New text fields of the same schema: one of them may be what took its place."""


class Secrets(NamedTuple):
    """The secret fields under another contract."""

    kept: List[str]
    lost: List[LostSecret]
    suspicious: List[str]
    """New fields whose names sound like secrets."""

    @property
    def after(self) -> List[str]:
        """What `sdk.yaml` lists after adoption: it rather hides too much."""
        hidden = [field for lost in self.lost for field in lost.hidden_instead]
        return list(dict.fromkeys([*self.kept, *hidden]))


def adapt_secrets(secrets: Tuple[str, ...], ours: Document, theirs: Document, pairing: Pairing) -> Secrets:
    """The secret fields for the other contract, as `Schema.property` in our names of schemas."""
    before = {name: _fields(ours, name) for name in schemas_of(ours)}
    after = {name: before[name] for name in pairing.kept}
    after.update({python: _fields(theirs, name) for name, python in pairing.python_names.items()})
    new = {
        schema: [field for field in fields if field not in before.get(schema, {})]
        for schema, fields in after.items()
    }
    kept, lost = [], []
    for secret in secrets:
        schema, _, field = secret.partition(".")
        if field in after.get(schema, {}):
            kept.append(secret)
        else:
            texts = [f"{schema}.{name}" for name in new.get(schema, []) if after[schema][name]]
            lost.append(LostSecret(secret, tuple(texts)))
    known = {*kept, *(field for one in lost for field in one.hidden_instead)}
    suspicious = [
        f"{schema}.{field}"
        for schema, fields in new.items()
        for field in fields
        if after[schema][field] and _sounds_secret(field) and f"{schema}.{field}" not in known
    ]
    return Secrets(kept, lost, suspicious)


def _fields(document: Document, name: str) -> Dict[str, bool]:
    """The properties of a schema, and whether each is a text."""
    properties = merged_properties(document, schemas_of(document)[name])
    return {
        field: "string" in types_of(resolve_schema(document, schema)) for field, schema in properties.items()
    }


def _sounds_secret(field: str) -> bool:
    return any(word in field.lower() for word in _TELLING_WORDS)
