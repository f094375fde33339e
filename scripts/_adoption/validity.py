"""Says where a document is not built as OpenAPI says."""

from __future__ import annotations

from typing import Any, Dict

from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator


def first_violation(document: Dict[str, Any]) -> str:
    """A sentence on what is wrong with a document that cannot be worked with."""
    validator = OpenAPIV30SpecValidator if document["openapi"].startswith("3.0") else OpenAPIV31SpecValidator
    for error in validator(document).iter_errors():
        place = "".join(f"/{key}" for key in error.absolute_path)
        # Behind its first line the message quotes the schema and the file.
        message = error.message.partition("\n")[0][:200]
        return f"{place or 'the file'} is not built as OpenAPI says: {message}."
    return "the file is not built as OpenAPI says."
