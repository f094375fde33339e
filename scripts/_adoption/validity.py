"""Says where a document is not built as OpenAPI says."""

from __future__ import annotations

from typing import Any, Dict

from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator


def first_violation(document: Dict[str, Any]) -> str:
    """A sentence on what is wrong with a document that cannot be worked with."""
    validator = OpenAPIV30SpecValidator if document["openapi"].startswith("3.0") else OpenAPIV31SpecValidator
    # The deepest is the most precise; what is missing at the top does not matter to us.
    errors = sorted(validator(document).iter_errors(), key=lambda error: -len(error.absolute_path))
    if not errors:
        return "the file is not built as OpenAPI says."
    place = "".join(f"/{key}" for key in errors[0].absolute_path)
    problem = errors[0].message.splitlines()[0][:200]
    return f"{place or 'the file'} is not built as OpenAPI says: {problem}."
