"""Traces for OpenTelemetry without anything private in them; needs the extra `opentelemetry`.

    from titan import TitanClient
    from titan.opentelemetry import trace_client

    client = TitanClient()
    trace_client(client)

Each attempt of a request becomes a span, below the span that is current where the call is made.
"""

from __future__ import annotations

import base64
import contextlib
import hmac
from typing import Any, Callable, ContextManager, Dict, Optional
from urllib.parse import urlsplit

from ._distribution import install_hint

try:
    from opentelemetry import trace
except ImportError:
    raise ImportError(
        f"titan.opentelemetry needs opentelemetry-api: {install_hint('opentelemetry')}"
    ) from None

from ._http.connections.addresses import DEFAULT_PORTS
from ._http.context import Context
from ._http.files.user_code import UserCodeError
from ._http.observers import Outcome
from ._http.request import PreparedRequest
from ._http.transport import Transport
from ._privacy import Secret
from ._version import __version__
from .client import TitanClient


def trace_client(client: TitanClient, tracer_provider: Optional[trace.TracerProvider] = None) -> None:
    """Make a span of each attempt of each request of a client, and of its `with_options` copies.

    A span is called after method and route template, as in `POST /api/messages/send`; that of
    `client.request`, whose path may hold anything, after the method alone. Its attributes are those of
    OpenTelemetry's semantic conventions for HTTP clients: `http.request.method`, `url.template`,
    `server.address`, `server.port`, `http.response.status_code`, `http.request.resend_count` from the second
    attempt on, and `error.type`. `titan.session.hash` tells sessions apart: the HMAC-SHA256 of the session's
    name under the credential of the client, the first 10 characters of it in Base32. No URL, phone number,
    id, key or text is in a span.

    OpenTelemetry's instrumentation of httpx adds no span beneath, since its spans hold the URL. No trace
    header is sent: Titan does not say that it reads one. A span ends when the body has been read; what is
    found wrong inside the body is an error of the call, not of its span.

    Args:
        client: The client. If it is traced already, the later call counts.
        tracer_provider: Default: the global one, as it is when a span begins.

    Raises:
        TypeError: `client` is not a TitanClient.
    """
    if not isinstance(client, TitanClient):
        raise TypeError(f"client must be a TitanClient, not {type(client).__name__}")
    context: Context = client._context
    transport = context.transport
    others = tuple(one for one in transport.observers if not isinstance(one, _Tracing))
    transport.observers = (*others, _Tracing(transport, tracer_provider))


class _Tracing:
    """Begins a span before each attempt, and ends it after.

    Args:
        transport: Whose attempts.
        tracer_provider: Who makes the spans.
    """

    def __init__(self, transport: Transport, tracer_provider: Optional[trace.TracerProvider]) -> None:
        self._tracer = trace.get_tracer("titan", __version__, tracer_provider)
        self._credential = transport.credential
        address = urlsplit(transport.base_url)
        self._server: Dict[str, Any] = {
            "server.address": address.hostname,
            "server.port": address.port or DEFAULT_PORTS[address.scheme.lower()],
        }

    def __call__(self, request: PreparedRequest, number: int) -> Callable[[Outcome], None]:
        attributes = {"http.request.method": request.method, **self._server}
        name = request.method
        if not request.is_custom:
            attributes["url.template"] = request.route
            name += f" {request.route}"
        if number:
            attributes["http.request.resend_count"] = number
        if request.session is not None:
            attributes["titan.session.hash"] = _hash_session(request.session, self._credential)
        span = self._tracer.start_span(name, kind=trace.SpanKind.CLIENT, attributes=attributes)
        around = contextlib.ExitStack()
        around.enter_context(
            trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False)
        )
        around.enter_context(_without_spans_of_httpx())

        def end(outcome: Outcome) -> None:
            _note(span, outcome)
            around.close()

        return end


def _hash_session(session: str, credential: Secret[str]) -> str:
    """A short name for a session. With the key, since the names of sessions are easily guessed."""
    digest = hmac.digest(credential.reveal().encode(), session.encode(), "sha256")
    return base64.b32encode(digest)[:10].decode().lower()


def _without_spans_of_httpx() -> ContextManager[Any]:
    """Their attributes hold the URL, and with it phone numbers."""
    try:
        from opentelemetry.instrumentation.utils import suppress_http_instrumentation
    except ImportError:  # nothing is instrumented without it
        return contextlib.nullcontext()
    return suppress_http_instrumentation()


def _note(span: trace.Span, outcome: Outcome) -> None:
    """Note how an attempt ended. The text of an error is left out: it may quote the server."""
    if isinstance(outcome, UserCodeError):
        outcome = outcome.error
    status = outcome if isinstance(outcome, int) else getattr(outcome, "status_code", None)
    if isinstance(status, int):
        span.set_attribute("http.response.status_code", status)
    if isinstance(outcome, BaseException):
        is_of_status = isinstance(status, int) and status >= 300
        span.set_attribute("error.type", str(status) if is_of_status else type(outcome).__name__)
        span.set_status(trace.StatusCode.ERROR)
