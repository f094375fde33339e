"""What all services share: paths from segments, payloads to JSON, answers to results."""

from __future__ import annotations

import functools
import re
from datetime import datetime
from math import isfinite
from typing import Any, Callable, Dict, List, Mapping, NoReturn, Optional, Type, TypeVar, Union, overload
from urllib.parse import quote, unquote, urlencode

from pydantic_core import PydanticSerializationError, to_json

from .._http.transport import Answer, Call, Context, Sink, Wrapping
from .._models.base import TitanModel, to_json_value
from .._models.parsing import load, parse, unwrap
from ..errors import APIResponseError
from ._results import Response, Submitted

T = TypeVar("T")
AnyMethod = TypeVar("AnyMethod", bound=Callable[..., Any])

Payload = Union[TitanModel, Mapping[str, Any]]
"""A request body: a generated model, or a dict in wire names."""

# Not None: a payload that is None by mistake must not become a request without a body.
NO_BODY: Any = object()
_REPEATABLE_METHODS = frozenset({"GET", "PUT", "DELETE"})
_PLAIN_TYPES = frozenset({str, int, bool, type(None)})
_SESSION_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Service:
    """One domain of the API, on one client."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __reduce__(self) -> NoReturn:
        raise TypeError("a service holds a credential and connections, and is neither copied nor pickled")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._context.transport.base_url}>"

    @overload
    def _call(
        self,
        method: str,
        route: str,
        *ids: Union[str, int],
        returns: Type[T],
        body: Payload = NO_BODY,
        idempotent: bool = False,
        inferred: bool = False,
        long: bool = False,
    ) -> T: ...

    @overload
    def _call(
        self,
        method: str,
        route: str,
        *ids: Union[str, int],
        body: Payload = NO_BODY,
        idempotent: bool = False,
        inferred: bool = False,
    ) -> None: ...

    def _call(
        self,
        method: str,
        route: str,
        *ids: Union[str, int],
        returns: Any = None,
        body: Payload = NO_BODY,
        idempotent: bool = False,
        inferred: bool = False,
        long: bool = False,
    ) -> Any:
        """Make the request of an operation.

        Args:
            method: HTTP method.
            route: Path template, as the API's reference writes it.
            ids: Values for the placeholders of the template, in their order.
            returns: A model, a list of one, or `bytes`; None for an operation without a result.
                Methods return what comes all the same: under `submit` and `with_response` it is no None.
            body: Request body; left out, the request has none.
            idempotent: Whether a POST or PATCH can be repeated without a second effect.
            inferred: Whether the evidence for the operation is `named` or `assumed`.
            long: Whether the server may rightly take minutes.
        """
        content = None if body is NO_BODY else encode(fields_of_payload(body))
        return self._send(
            Call(
                method,
                route,
                path(route, ids),
                content,
                idempotent=idempotent or method in _REPEATABLE_METHODS,
                inferred=inferred,
                long=long,
                respond_async=self._context.wrapping == "submitted",
            ),
            returns,
        )

    def _send(self, call: Call, returns: Any, sink: Optional[Sink] = None) -> Any:
        answer = self._context.transport.send(call, self._context.settings, sink)
        wrapping = self._context.wrapping
        if wrapping == "submitted":
            return self._submitted(call, answer, returns)
        data = self._result(call, answer, returns)
        return data if wrapping == "data" else Response(data, answer.status_code, answer.headers)

    def _submitted(self, call: Call, answer: Answer, returns: Any) -> Submitted[Any]:
        if answer.status_code != 202:
            return Submitted(False, None, self._result(call, answer, returns))
        from ..types_gen import AcceptedCommand

        return Submitted(True, self._result(call, answer, AcceptedCommand).correlation_id, None)

    def _result(self, call: Call, answer: Answer, returns: Any) -> Any:
        if returns is bytes:
            return answer.body
        try:
            if returns is None:
                load(answer.body)  # a login page of a proxy is no success
                return None
            parsed = parse(answer.body, returns)
        except ValueError as error:
            raise _response_error(call, answer, str(error)) from error
        if parsed.mismatch is not None and self._context.strict:
            raise _response_error(call, answer, f"its body does not fit: {parsed.mismatch}")
        return parsed.value


def helper(method: AnyMethod) -> AnyMethod:
    """Mark a method as more than one plain request: `submit` and `with_response` refuse it."""
    method.__titan_helper__ = True  # type: ignore[attr-defined]
    return method


def call_wrapped(
    context: Context, operation: Any, wrapping: Wrapping, args: tuple[Any, ...], kwargs: Dict[str, Any]
) -> Any:
    """Call an operation so that it returns its result in a Response or Submitted.

    Raises:
        TypeError: It is no operation of a service on the same connections as the context.
    """
    service = getattr(operation, "__self__", None)
    if (
        not isinstance(service, Service)
        or service._context.transport is not context.transport
        or operation.__name__.startswith("_")
        or hasattr(operation, "__titan_helper__")
    ):
        raise TypeError(
            "the first argument must be a method of one of this client's services that is one operation "
            "of the API, such as client.messages.send, and not yet called"
        )
    twin = type(service)(service._context._replace(wrapping=wrapping))
    return operation.__func__(twin, *args, **kwargs)


def request(context: Context, method: str, path: str, json: Any, params: Optional[Mapping[str, Any]]) -> Any:
    """Make a request that is no operation; see `TitanClient.request`."""
    if not isinstance(method, str):
        raise TypeError(f"method must be a string, not {type(method).__name__}")
    method = method.upper()
    if not method.isascii() or not method.isalpha():
        raise ValueError("the method is no HTTP method")
    call = Call(
        method,
        "custom",
        _target(path, params),
        None if json is None else encode(json),
        idempotent=method in _REPEATABLE_METHODS,
    )
    answer = context.transport.send(call, context.settings)
    if not answer.body:
        return None
    content_type = answer.headers.get("Content-Type", "")
    if content_type and "json" not in content_type.lower():
        return answer.body
    try:
        return unwrap(load(answer.body))
    except ValueError as error:
        if not content_type:
            return answer.body
        raise _response_error(call, answer, str(error)) from error


def _target(path: str, params: Optional[Mapping[str, Any]]) -> str:
    """Path and query, refused where they would leave this server, or mean another path than they read."""
    if not isinstance(path, str):
        raise TypeError(f"path must be a string, not {type(path).__name__}")
    if not path.startswith("/") or path.startswith("//") or "#" in path or "\\" in path:
        raise ValueError("path must start with one slash, such as /api/sessions, and hold no fragment")
    if re.search(r"[\x00-\x20\x7f\ud800-\udfff]", path):
        raise ValueError("path has white space, control characters or lone surrogates; percent-encode it")
    # Servers decode dots before they resolve them: `%2e%2e` leads as far away as `..`.
    if {".", ".."} & {unquote(segment) for segment in path.partition("?")[0].split("/")}:
        raise ValueError("path has dot segments, which would change it")
    if params is not None and not isinstance(params, Mapping):
        raise TypeError(f"params must be a mapping of names to values, not {type(params).__name__}")
    given = {name: _query_value(value) for name, value in (params or {}).items() if value is not None}
    if not given:
        return path
    try:
        query = urlencode(given, doseq=True)
    except UnicodeEncodeError:
        raise ValueError("params hold a lone surrogate, which cannot be sent") from None
    return f"{path}{'&' if '?' in path else '?'}{query}"


def _query_value(value: Any) -> Any:
    """What stands in a query for a value: `true` and `false` as in JSON, not as Python writes them."""
    if isinstance(value, (list, tuple)):
        return [_query_value(item) for item in value if item is not None]
    return str(value).lower() if isinstance(value, bool) else value


def _response_error(call: Call, answer: Answer, message: str) -> APIResponseError:
    return APIResponseError(
        message, status_code=answer.status_code, body=answer.body, method=call.method, route=call.route
    )


def path(route: str, ids: tuple[Union[str, int], ...]) -> str:
    """Fill a path template, so that no id can reach another route.

    Args:
        route: Path template with placeholders in braces.
        ids: One value for each placeholder.

    Raises:
        TypeError: An id is no string (or integer, where ids are integers).
        ValueError: An id is empty, a dot segment, or has control characters; a session name has others than
            letters, digits, dots, hyphens and underscores.
    """
    literals, names = _pieces(route)
    if len(ids) != len(names):
        raise TypeError(f"{route} takes {len(names)} ids, not {len(ids)}")
    filled = literals[0]
    for name, value, literal in zip(names, ids, literals[1:]):
        filled += (session_name(value) if name == "session" else _segment(name, value)) + literal
    return filled


@functools.cache
def _pieces(route: str) -> tuple[List[str], List[str]]:
    pieces = re.split(r"\{(\w+)\}", route)
    return pieces[::2], pieces[1::2]


def session_name(name: object) -> str:
    """Check a session name, which is also safe in a path as it is.

    Raises:
        TypeError: It is no string.
        ValueError: It is no session name.
    """
    if not isinstance(name, str):
        raise TypeError(f"a session name is a string, not {type(name).__name__}")
    if not _SESSION_NAME.fullmatch(name) or name in (".", ".."):
        raise ValueError(
            "a session name is 1 to 64 letters, digits, dots, hyphens and underscores "
            "(and not just one or two dots)"
        )
    return name


def _segment(name: str, value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise TypeError(f"{name} is a string, not {type(value).__name__}")
    if value in ("", ".", ".."):
        raise ValueError(
            f"{name} is empty" if not value else f"{name} is {value!r}, which would change the path"
        )
    if _CONTROL.search(value):
        raise ValueError(f"{name} has control characters")
    try:
        return quote(value, safe="")
    except UnicodeEncodeError:
        raise ValueError(f"{name} has a lone surrogate, which cannot be sent") from None


def with_session(payload: Payload, session: str) -> Dict[str, Any]:
    """A copy of a payload with the name of the session in it.

    Raises:
        TypeError: The payload is neither a model nor a dict.
        ValueError: The payload names another session.
    """
    fields = fields_of_payload(payload)
    if fields.get("session", session) != session:
        raise ValueError(
            "the payload names another session than the first argument; leave `session` out of it"
        )
    return {"session": session_name(session), **fields}


def encode(payload: Any) -> bytes:
    """Write a payload as JSON; models inside it with what was set in them, in wire names.

    Raises:
        TypeError: The payload holds what has no form in JSON.
        ValueError: It holds NaN, infinity, a lone surrogate, or itself.
    """
    try:
        return to_json(_plain(payload))
    except RecursionError:
        raise ValueError("the payload holds itself, or is nested too deep") from None
    except PydanticSerializationError as error:
        # What was wrong with a value, only the text of the error tells.
        if "UnicodeEncodeError" in str(error):
            raise ValueError("the payload has a text with a lone surrogate, which cannot be sent") from None
        kind = ValueError if "ValueError" in str(error) else TypeError
        raise kind(f"the payload cannot be written as JSON: {error}") from None


def fields_of_payload(payload: Payload) -> Dict[str, Any]:
    """The fields of a payload, in wire names.

    Raises:
        TypeError: The payload is neither a model nor a dict.
    """
    if isinstance(payload, TitanModel):
        return payload.to_dict()
    if not isinstance(payload, Mapping):
        raise TypeError(
            f"a payload is a dict in wire names or a model of titan.types_gen, not {type(payload).__name__}"
        )
    return dict(payload)


def _plain(value: Any) -> Any:
    """Turn what the JSON encoder does not write as Titan reads it; all else stays as it is."""
    if type(value) in _PLAIN_TYPES:
        return value
    if isinstance(value, TitanModel):
        return _plain(value.to_dict())
    if isinstance(value, datetime):
        return to_json_value(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not isfinite(value):
        raise ValueError(f"the payload holds {value}, which JSON cannot say")
    return value
