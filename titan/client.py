"""TitanClient: its settings, its services, and the ways to make the same call differently."""

# Without postponed annotations: Python 3.9 does not resolve `P.args` from its text.

from types import TracebackType
from typing import Any, Callable, Mapping, Optional, Type, TypeVar

from typing_extensions import NoReturn, ParamSpec, Self, TypedDict, Unpack

from ._caller import warn_caller
from ._exiting import refuse_while_exiting
from ._http.arguments import AddressTypes, SecretTypes, is_private, read_address, read_credential
from ._http.context import Context
from ._http.settings import HTTPClient, TimeoutTypes
from ._http.transport import Transport
from ._privacy import Secret
from .errors import TitanSecurityWarning
from .services._generated.attributes import ServiceAttributes
from .services._results import Response, Submitted

T = TypeVar("T")
P = ParamSpec("P")

_IS_PLAIN_HTTP = "is plain http: everybody on the way can read the key and the messages"


class _Options(TypedDict):
    timeout: TimeoutTypes
    total_timeout: Optional[float]
    max_retries: int
    headers: Secret[Mapping[str, str]]
    params: Secret[Mapping[str, Any]]


class Options(TypedDict, total=False):
    """What `with_options` changes; what each means stands in the docstring of `TitanClient`."""

    timeout: TimeoutTypes
    total_timeout: Optional[float]
    max_retries: int
    headers: Mapping[str, str]
    params: Mapping[str, Any]


class TitanClient(ServiceAttributes):
    """A client for one Titan server, with one credential.

    Threads can share it; a forked process gets connections of its own. Close it, or use it in a `with`
    statement, when you are done.

    Args:
        base_url: Address of your Titan, such as `https://api.example.com`; address objects of pydantic and
            others will do. Default: the environment variable TITAN_BASE_URL.
        api_key: Server API key (`titan_…`). Default, where `client_token` is not given either: the
            environment variable TITAN_API_KEY.
        client_token: Short-lived client token (`titan_ct_…`), instead of `api_key`.
        timeout: Seconds to wait for reading, writing and a free connection, or an `httpx.Timeout`.
            Connecting may take 5 seconds. Default: 30 seconds, and 300 for downloads, `send_file` and sends
            of media by URL.
        total_timeout: Seconds that one call may take with all its retries; looking up the server's name, and
            turning a long answer into models, do not count. Default: no bound. On an `http_client`, each
            wait keeps to what was left when it began, unless it was built on `titan.DeadlineTransport`.
        max_retries: How often a request is repeated, at most: where it surely was not carried out, or where
            it does no harm to carry it out twice.
        headers: Headers to send with each request. A `User-Agent` is added to the SDK's own.
        http_client: Your own `httpx.Client` (or that of httpx2), for proxies, TLS and hooks of your own. It
            is not closed with this client, and after a fork it is yours to replace.
        strict_responses: Whether a response that does not fit the declared type is an APIResponseError.
            Default: what does not fit is kept as it came.
        strict_requests: Whether a field or value of a payload that the contract does not know is a
            ValueError, with the closest name that it knows. Default: the server decides.
        max_response_bytes: How long the body of a response may be, decompressed; a longer one is an
            APIResponseError. `media.download_to` has no such limit.

    Raises:
        ConfigurationError: An argument or the environment cannot be used. It is also a ValueError.
        TypeError: An argument is of the wrong type.
    """

    def __init__(
        self,
        base_url: Optional[AddressTypes] = None,
        api_key: Optional[SecretTypes] = None,
        *,
        client_token: Optional[SecretTypes] = None,
        timeout: TimeoutTypes = None,
        total_timeout: Optional[float] = None,
        max_retries: int = 2,
        headers: Optional[Mapping[str, str]] = None,
        http_client: Optional[HTTPClient] = None,
        strict_responses: bool = False,
        strict_requests: bool = False,
        max_response_bytes: int = 64 * 1024 * 1024,
    ) -> None:
        # Before anything can fail: error trackers report local variables.
        secrets = Secret(base_url), Secret(api_key), Secret(client_token)
        has_client_token = client_token is not None
        own_headers: Secret[Mapping[str, str]] = Secret({} if headers is None else headers)
        del base_url, api_key, client_token, headers
        address = read_address(secrets[0])
        credential = read_credential(*secrets[1:])
        self._options: _Options = {
            "timeout": timeout,
            "total_timeout": total_timeout,
            "max_retries": max_retries,
            "headers": own_headers,
            "params": Secret({}),
        }
        transport = Transport(address, credential, http_client, max_response_bytes)
        settings = transport.prepare(**self._options)
        self._context = Context(transport, settings, strict_responses, strict_requests, has_client_token)
        self._is_copy = False
        if not is_private(address):
            warn_caller(f"{address} {_IS_PLAIN_HTTP}", TitanSecurityWarning)

    def __repr__(self) -> str:
        return f"TitanClient(base_url={self._context.transport.base_url!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a TitanClient holds a credential and connections, and is neither copied nor pickled")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: Optional[Type[BaseException]],
        exc: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections.

        An `http_client` of yours stays open. On a copy that `with_options` made, this does nothing.
        """
        if not self._is_copy:
            self._context.transport.close()

    def with_options(self, **options: Unpack[Options]) -> Self:
        """The same client with other settings: `client.with_options(timeout=120).messages.send(…)`.

        It shares connections, and what was warned of, with this client. Cheap.

        Args:
            **options: `timeout`, `total_timeout`, `max_retries`, `headers`, as in the constructor, and
                `params`: query parameters for each typed call, such as `{"limit": 50}`, where those of the
                method itself win. Headers and parameters are added to those of this client. What is not given
                stays as it is.

        Raises:
            ConfigurationError: A value is out of range, or not a valid header.
            TypeError: A value is of the wrong type.
        """
        changes = Secret(options)
        del options  # error trackers report local variables
        unknown = changes.reveal().keys() - self._options.keys()
        if unknown:
            raise TypeError(
                f"with_options() takes {', '.join(self._options)}, not {', '.join(sorted(unknown))}"
            )
        merged = _merge(self._options, changes.reveal())
        settings = self._context.transport.prepare(**merged)
        services = vars(ServiceAttributes)
        copy = object.__new__(type(self))
        # What a subclass has of its own comes along; services hold the settings, and are made anew.
        vars(copy).update({name: value for name, value in vars(self).items() if name not in services})
        copy._options = merged
        copy._context = self._context._replace(settings=settings)
        copy._is_copy = True
        return copy

    def submit(self, operation: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Submitted[T]:
        """Hand an operation over in async mode: `client.submit(client.messages.send, "my-session", {…})`.

        The server answers as soon as it has taken the command; what came of it arrives as webhook event
        `command.result`. A webhook subscribed to that event must exist beforehand, or the result is never
        seen. Operations that are not commands are answered at once.

        Args:
            operation: A method of a service of this client, or of a `with_options` copy; not a helper.
            *args: Its arguments.
            **kwargs: Its keyword arguments.

        Raises:
            TypeError: `operation` is something else.
            TitanError: As the operation.
        """
        refuse_while_exiting()
        from .services._base import wrap_result

        submitted: Submitted[T] = wrap_result(self._context, operation, "submitted")(*args, **kwargs)
        return submitted

    def with_response(self, operation: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Response[T]:
        """Call an operation and get the response around its result.

        For example, `client.with_response(client.sessions.list).rate_limit`.

        Args:
            operation: A method of a service of this client, or of a `with_options` copy; not a helper.
            *args: Its arguments.
            **kwargs: Its keyword arguments.

        Raises:
            TypeError: `operation` is something else.
            TitanError: As the operation.
        """
        refuse_while_exiting()
        from .services._base import wrap_result

        response: Response[T] = wrap_result(self._context, operation, "response")(*args, **kwargs)
        return response

    def request(
        self, method: str, path: str, *, json: Any = None, params: Optional[Mapping[str, Any]] = None
    ) -> Any:
        """Make any request to this server, in the same way as operations are made.

        Repeated like its verb: GET, PUT and DELETE also after an unclear outcome, POST and PATCH not.

        Args:
            method: HTTP method.
            path: Path from the root of the server, such as `/api/sessions`. Percent-encode ids in it.
            json: Request body: anything that JSON can say, models included. None: no body.
            params: Query parameters; those that are None are left out, a list is repeated.

        Returns:
            The JSON of the response, out of its envelope `data`; bytes where the response is not JSON; None
            where it has no body.

        Raises:
            ValueError: The path could lead to another server or another route.
            TitanError: The request failed.
        """
        refuse_while_exiting()
        from .services._base import request

        return request(self._context, method, path, json, params)


def _merge(old: _Options, changes: Options) -> _Options:
    """Settings with some of them changed; headers and parameters are added to those that there are."""
    merged: Any = old.copy()
    for name, value in changes.items():
        if name not in ("headers", "params"):
            merged[name] = value
        else:
            merged[name] = Secret({**merged[name].reveal(), **value} if isinstance(value, Mapping) else value)
    result: _Options = merged
    return result
