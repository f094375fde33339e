"""Answers that say themselves that the request failed, whatever their status says."""

from __future__ import annotations

from typing import Any, Dict, FrozenSet

from .fields import fields_of
from .validation import is_model

_SAYS_SO = frozenset({"error", "fail", "failure"})
_FLAGS = frozenset({"success", "ok"})


class SaidToHaveFailedError(ValueError):
    """An answer says itself that the request failed."""


def may_say_failure(part: Dict[str, Any]) -> bool:
    """Whether a part of an answer that holds a result has a field by which it may say that it failed."""
    return not _FLAGS.isdisjoint(part)


def refuse_failure(document: Any, shape: Any) -> None:
    """Refuse an answer of 2xx that says itself that the request failed.

    That is `success: false` beside `data` or in it, and `error` where `data` holds no result. What the
    contract declares as a field of the result says nothing.

    Args:
        document: The JSON as it came.
        shape: The declared type of the result; None where there is none.

    Raises:
        SaidToHaveFailedError: It says so; the text has the server's own words.
    """
    if not isinstance(document, dict):
        return
    declared = frozenset(fields_of(shape).python_names) if is_model(shape) else frozenset[str]()
    data = document.get("data")
    inner = data if isinstance(data, dict) else {}
    if "data" not in document:
        # A status alone is not the result that has a field of this name.
        own = declared - {"status"} if declared & document.keys() <= {"status"} else declared
        failed = _says_failure(document, own, has_result=False)
    else:
        # Where fields of the result came too, an error in it is a part of it.
        failed = _says_failure(document, frozenset(), has_result=data not in (None, {})) or _says_failure(
            inner, declared, has_result=shape is Any or not declared.isdisjoint(inner)
        )
    if failed:
        text = next((one["error"] for one in (document, inner) if isinstance(one.get("error"), str)), "")
        raise SaidToHaveFailedError(f"its body says that it failed{f': {text}' if text else ''}")


def _says_failure(part: Dict[str, Any], declared: FrozenSet[str], *, has_result: bool) -> bool:
    said = {name: value for name, value in part.items() if name not in declared}
    if any(name in said and said[name] in (False, "false") for name in _FLAGS):
        return True
    status = said.get("status")
    says_so = isinstance(status, str) and status.lower() in _SAYS_SO
    return not has_result and bool(said.get("error") or said.get("errors") or says_so)
