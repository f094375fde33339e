"""What all services share: from the call of an operation to its result."""

from __future__ import annotations

from typing import Any, Callable, Mapping, NoReturn, Optional, Tuple, Type, TypeVar, Union, overload

from .._caller import is_ours
from .._exiting import refuse_while_exiting
from .._http.context import Context, Wrapping
from .._http.files.upload import Base64Body
from .._http.request import ANYTHING, JSON, PreparedRequest
from .._http.response import RawResponse, Sink
from .._interruptions import raise_if_interrupted
from .._models.failures import SaidToHaveFailedError
from .._models.parsing import parse
from .._privacy import mask
from ..errors import APIResponseError
from ._operation import Operation
from ._paths import add_query, path, target
from ._payload.encoding import Payload, encode, fields_of_payload, with_session
from ._payload.request_check import check_request
from ._results import Response, Submitted

T = TypeVar("T")
AnyMethod = TypeVar("AnyMethod", bound=Callable[..., Any])

# Not None: a payload that is None by mistake must not become a request without a body.
NO_BODY: Any = object()
_JSON_OR_ELSE = b"application/json, */*;q=0.5"
_REPEATABLE_VERBS = frozenset({"GET", "PUT", "DELETE"})


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
        operation: Operation,
        *ids: Union[str, int],
        returns: Type[T],
        body: Payload = NO_BODY,
        query: Optional[Mapping[str, Any]] = None,
        accept: Optional[bytes] = None,
    ) -> T: ...

    @overload
    def _call(
        self,
        operation: Operation,
        *ids: Union[str, int],
        body: Payload = NO_BODY,
        query: Optional[Mapping[str, Any]] = None,
        accept: Optional[bytes] = None,
    ) -> None: ...

    def _call(
        self,
        operation: Operation,
        *ids: Union[str, int],
        returns: Any = None,
        body: Payload = NO_BODY,
        query: Optional[Mapping[str, Any]] = None,
        accept: Optional[bytes] = None,
    ) -> Any:
        """Make the request of an operation.

        Args:
            operation: The operation.
            ids: A value for each of its arguments, in their order.
            returns: A model, a list of one, or `bytes`; None for an operation without a result.
                Methods return what comes all the same: under `submit` and `with_response` it is not None.
            body: Request body; left out, the request has none.
            query: Query parameters; those that are None are left out.
            accept: Media type of the answer, where it is not JSON, nor the file of an operation for files.
        """
        refuse_while_exiting(operation.verb, operation.route)
        try:
            request = self._describe(operation, ids, body, query, accept)
        except Exception as error:
            failure = without_our_frames(error)
        else:
            del ids, body, query  # error trackers report the local variables of what an error passes through
            return self._send(request, returns, may_be_empty=operation.may_be_empty)
        del ids, body, query
        raise failure

    def _describe(
        self,
        operation: Operation,
        ids: Tuple[Union[str, int], ...],
        body: Payload,
        query: Optional[Mapping[str, Any]],
        accept: Optional[bytes],
    ) -> PreparedRequest:
        content, is_long = None, operation.is_long
        if body is not NO_BODY:
            fields = fields_of_payload(body)
            check_request(operation, fields, strict=self._context.strict_requests)
            if operation.session_in_body:
                fields = with_session(fields, ids[operation.arguments.index("session")])
            is_long = is_long or (operation.long_with is not None and operation.long_with in fields)
            content = encode(fields)
        return self._prepare(operation, ids, content, query, is_long=is_long, accept=accept)

    def _prepare(
        self,
        operation: Operation,
        ids: Tuple[Union[str, int], ...],
        content: Union[bytes, Base64Body, None] = None,
        query: Optional[Mapping[str, Any]] = None,
        *,
        is_long: bool,
        accept: Optional[bytes] = None,
    ) -> PreparedRequest:
        """Describe the request of an operation: its route for this client, its path, and its marks."""
        route, evidence = operation.route, operation.evidence
        if operation.client_route is not None and self._context.has_client_token:
            route, evidence = operation.client_route, operation.client_evidence
        filled = path(route, operation.arguments, ids)
        params = self._context.settings.params.reveal()
        if query is not None or params:
            given = {name: value for name, value in (query or {}).items() if value is not None}
            filled = add_query(filled, {**params, **given})
        return PreparedRequest(
            operation.verb,
            route,
            filled,
            content,
            accept=accept or (ANYTHING if operation.is_binary else JSON),
            is_idempotent=operation.is_idempotent,
            is_inferred=evidence != "documented",
            is_long=is_long,
            respond_async=self._context.wrapping == "submitted",
            follow_redirects=operation.is_binary,
            session=str(ids[operation.arguments.index("session")])
            if "session" in operation.arguments
            else None,
        )

    def _send(
        self,
        request: PreparedRequest,
        returns: Any,
        sink: Optional[Sink] = None,
        *,
        may_be_empty: bool = False,
    ) -> Any:
        response = self._context.transport.send(request, self._context.settings, sink)
        wrapping = self._context.wrapping
        if wrapping == "submitted":
            return self._submitted(request, response, returns, may_be_empty)
        data = self._result(request, response, returns, may_be_empty)
        return data if wrapping == "data" else Response(data, response.status_code, response.headers)

    def _submitted(
        self, request: PreparedRequest, response: RawResponse, returns: Any, may_be_empty: bool
    ) -> Submitted[Any]:
        if response.status_code != 202:
            return Submitted(False, None, self._result(request, response, returns, may_be_empty))
        from ..types_gen import AcceptedCommand

        accepted = self._result(request, response, AcceptedCommand, may_be_empty=True)
        return Submitted(True, accepted.correlation_id, None)

    def _result(
        self, request: PreparedRequest, response: RawResponse, returns: Any, may_be_empty: bool
    ) -> Any:
        if returns is bytes:
            return response.body
        try:
            value, mismatch = parse(response.body, returns, may_be_empty=may_be_empty)
        except ValueError as error:
            raise_if_interrupted(error)
            problem = mask(str(error))  # it may quote the server, and stands in a local variable
        else:
            if mismatch is None or not self._context.strict:
                return value
            del value
            problem = f"its body does not fit: {mismatch}"
        # Not inside `except`: the frames of parsing would come along, with the body.
        raise _response_error(request, response, problem)


def helper(method: AnyMethod) -> AnyMethod:
    """Mark a method as more than one plain request: `submit` and `with_response` refuse it."""
    method.__titan_helper__ = True  # type: ignore[attr-defined]
    return method


def wrap_result(context: Context, operation: Any, wrapping: Wrapping) -> Callable[..., Any]:
    """The same operation, returning its result in a Response or Submitted.

    Raises:
        TypeError: It is not an operation of a service on the same connections as the context.
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
    wrapped = type(service)(service._context._replace(wrapping=wrapping))
    method: Callable[..., Any] = getattr(wrapped, operation.__name__)
    return method


def request(context: Context, method: str, path: str, json: Any, params: Optional[Mapping[str, Any]]) -> Any:
    """Make a request that is not an operation; see `TitanClient.request`."""
    try:
        prepared = _custom(method, path, json, params)
    except Exception as error:
        failure = without_our_frames(error)
    else:
        del path, json, params
        return _load_custom(prepared, context.transport.send(prepared, context.settings))
    del path, json, params
    raise failure


def _custom(method: str, path: str, json: Any, params: Optional[Mapping[str, Any]]) -> PreparedRequest:
    if not isinstance(method, str):
        raise TypeError(f"method must be a string, not {type(method).__name__}")
    method = method.upper()
    if not method.isascii() or not method.isalpha():
        raise ValueError("the method is not an HTTP method")
    return PreparedRequest(
        method,
        "custom",
        target(path, params),
        None if json is None else encode(json),
        accept=_JSON_OR_ELSE,
        is_idempotent=method in _REPEATABLE_VERBS,
        is_custom=True,
    )


def _load_custom(request: PreparedRequest, response: RawResponse) -> Any:
    if not response.body:
        return None
    content_type = response.headers.get("Content-Type", "")
    if content_type and "json" not in content_type.lower():
        return response.body
    try:
        return parse(response.body, Any).value
    except ValueError as error:
        raise_if_interrupted(error)
        if not content_type and not isinstance(error, SaidToHaveFailedError):
            return response.body
        problem = mask(str(error))  # it may quote the server, and stands in a local variable
    raise _response_error(request, response, problem)


def without_our_frames(error: Exception) -> Exception:
    """Take the frames of this package off a traceback; those of the user's own code, if it failed, stay.

    What was passed is in the local variables of ours, which error trackers report.
    """
    traceback = error.__traceback__
    while traceback is not None and is_ours(traceback.tb_frame):
        traceback = traceback.tb_next
    if traceback is None:
        error.__cause__ = error.__context__ = None
    return error.with_traceback(traceback)


def _response_error(request: PreparedRequest, response: RawResponse, message: str) -> APIResponseError:
    return APIResponseError(
        message,
        status_code=response.status_code,
        body=response.body,
        method=request.method,
        route=request.route,
    )
