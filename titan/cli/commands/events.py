"""`titan listen` and `titan verify`."""

from __future__ import annotations

import os
import queue
import re
import secrets
import signal
from contextlib import contextmanager, suppress
from datetime import datetime
from types import FrameType
from typing import TYPE_CHECKING, Any, BinaryIO, Dict, Generator, Optional, Tuple, cast

import click

from ..._privacy import Secret, mask
from ...errors import BadRequestError, NotFoundError, TitanError
from ..arguments import json_option
from ..connecting import ask_unless_set, connect
from ..diagnosis import diagnose
from ..failures import FAILED, CommandError, describe
from ..output import printable, say, show, show_json
from ..receiver import Answer, AppAddress, Receiver

if TYPE_CHECKING:
    from typing_extensions import Self

    from ...client import TitanClient
    from ...webhooks import Event

_SECRET = "TITAN_WEBHOOK_SECRET"  # noqa: S105 - the name of a variable
_LABEL = "titan listen"
_SECONDS_FOR_A_REQUEST = 20.0
_LONGEST_TEXT = 60


@click.command()
@click.option("--url", metavar="URL", help="Public address, as of a tunnel, that leads to the port here.")
@click.option("--port", default=8421, show_default=True, help="Port to listen on; 0 takes a free one.")
@click.option(
    "--event", "names", multiple=True, metavar="NAME", help="Only events of this name; several times."
)
@click.option("--session", metavar="NAME", help="Only events of this session.")
@click.option(
    "--forward", metavar="URL", help="Endpoint of your app: each delivery goes on to it as it came."
)
@click.option(
    "--show-numbers", is_flag=True, help="Show phone numbers whole instead of their last four digits."
)
@json_option
def listen(
    url: Optional[str],
    port: int,
    names: Tuple[str, ...],
    session: Optional[str],
    forward: Optional[str],
    show_numbers: bool,
    as_json: bool,
) -> None:
    """Show events as they come, until Ctrl-C, and forward them to your app.

    It listens on this machine, creates a webhook that leads here, and removes it in the end. A Titan
    elsewhere cannot reach this machine: start a tunnel to the port, and give its address with --url.

    With TITAN_WEBHOOK_SECRET in the environment, deliveries are signed with it, so that your app can verify
    what is forwarded; otherwise with a random secret. Titan gets the answer of your app, and delivers again
    what failed. With --json, each event is a line of JSON.
    """
    app = None if forward is None else _app_at(forward)
    _warn_of_names(names)
    secret = Secret(os.environ.get(_SECRET) or secrets.token_urlsafe(32))
    if app is not None and not os.environ.get(_SECRET):
        say(f"titan: {_SECRET} is not set, so your app cannot verify what is forwarded")
    with connect() as client, _Ending() as ending:
        shown = _Lines(ending, show_numbers, as_json)
        try:
            receiver = Receiver(port, secret, app, shown.add_event, shown.add_trouble)
        except (OSError, OverflowError) as error:
            raise CommandError(
                f"cannot listen on port {port}: {describe(error)}", "--port 0 takes a free one"
            ) from None
        with receiver:
            webhook: Dict[str, Any] = {
                "url": url or f"http://127.0.0.1:{receiver.port}/",
                "events": list(names),
                "session": session,
            }
            with _webhook(client, webhook, secret, has_url=url is not None):
                say(f"Listening on 127.0.0.1:{receiver.port}. Ctrl-C ends it and removes the webhook.")
                ending.wait()


@click.command()
@click.argument("body", type=click.File("rb"))
@click.argument("signature")
@json_option
def verify(body: BinaryIO, signature: str, as_json: bool) -> int:
    """Say what is wrong with the signature of a captured delivery.

    BODY is a file with the captured body ("-" is the standard input), and SIGNATURE the value of its header
    X-Webhook-Signature. The secret comes from TITAN_WEBHOOK_SECRET, or is asked for.
    """
    asked = ask_unless_set(_SECRET, "Secret of the webhook, its hmacKey (it stays hidden)", hide=True)
    findings = diagnose(body.read(), signature, os.environ[_SECRET] if asked is None else asked)
    if as_json:
        show_json({"valid": not findings, "findings": findings})
    else:
        for finding in findings or ["the signature fits"]:
            show(f"{finding[0].upper()}{finding[1:]}.")
    return FAILED if findings else 0


def _warn_of_names(names: Tuple[str, ...]) -> None:
    """Say which names of events are nearly known ones: Titan takes them, and never sends such events."""
    from ..._names import nearest
    from ...webhooks.events_gen import EVENT_CLASSES

    for name in names:
        meant = None if name in EVENT_CLASSES else nearest(name, EVENT_CLASSES)
        if meant is not None:
            say(f"titan: there is no event {printable(name)}; did you mean {meant}?")


def _app_at(url: str) -> AppAddress:
    try:
        return AppAddress(url)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--forward") from None


class _Ending:
    """Waits for Ctrl-C, SIGTERM or the end of the terminal, which interrupt nothing that is half done."""

    def __init__(self) -> None:
        # A signal handler may put something into it whatever the thread is doing.
        self._asked: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._before: Dict[int, Any] = {}

    def __enter__(self) -> Self:
        for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
            number = getattr(signal, name, None)
            # What nohup and shells ignore stays ignored.
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._end)
        return self

    def __exit__(self, *_error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _end(self, _signal: int, _frame: Optional[FrameType]) -> None:
        self.ask()

    def ask(self) -> None:
        """Ask for the end."""
        self._asked.put(None)

    def wait(self) -> None:
        """Wait until somebody asks for the end."""
        while True:
            # On Windows, a wait without an end could not be interrupted.
            with suppress(queue.Empty):
                return self._asked.get(timeout=1)


class _Lines:
    """What the terminal shows of events."""

    def __init__(self, ending: _Ending, show_numbers: bool, as_json: bool) -> None:
        self._ending = ending
        self._show_numbers = show_numbers
        self._as_json = as_json

    def add_event(self, event: Event, answer: Optional[Answer]) -> None:
        """Show an event, and what the app answered."""
        try:
            if self._as_json:
                show_json(event.to_dict(), indent=None)
            else:
                show(self._line(event, answer))
        except (OSError, ValueError, click.exceptions.Exit):
            # The terminal, or what reads the output, is gone.
            self._ending.ask()

    def add_trouble(self, sentence: str) -> None:
        """Show what is wrong with a delivery."""
        say(f"titan: {sentence}")

    def _line(self, event: Event, answer: Optional[Answer]) -> str:
        text = printable(_details(event))
        parts = [
            f"{datetime.now():%H:%M:%S}",
            printable(event.event),
            printable(event.session),
            self._number(printable(getattr(event, "chat_id", None))),
            text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}...",
        ]
        if not self._show_numbers:
            parts[-1] = mask(parts[-1])
        if answer is not None:
            parts.append(f"-> {answer.status}")
        return "  ".join(part for part in parts if part)

    def _number(self, chat_id: str) -> str:
        if self._show_numbers:
            return chat_id
        return re.sub("[0-9]{5,}", lambda found: f"...{found[0][-4:]}", chat_id)


def _details(event: Event) -> str:
    """What was written, or what kind of message it is, or how something now is."""
    payload = event.payload
    said = getattr(event, "text", None) or getattr(payload, "type", None)
    state = (getattr(payload, "status", None), getattr(payload, "status_reason", None))
    return str(said or " ".join(str(part) for part in state if part))


@contextmanager
def _webhook(
    client: TitanClient, fields: Dict[str, Any], secret: Secret[str], *, has_url: bool
) -> Generator[None, None, None]:
    """Have a webhook while the context lasts."""
    # By this it is found where nobody knows whether it was created.
    label = f"{_LABEL} {secrets.token_hex(4)}"
    careful = client.with_options(total_timeout=_SECONDS_FOR_A_REQUEST)
    wanted = {name: value for name, value in {**fields, "label": label}.items() if value}
    try:
        created = careful.webhooks.create(cast(Any, {**wanted, "hmacKey": secret.reveal()}))
    except TitanError as error:
        if error.maybe_processed:
            _remove_by_label(careful, label)
        if isinstance(error, BadRequestError) and not has_url:
            todo = "start a tunnel, and give its address with --url"
            raise CommandError(
                describe(error), f"A Titan elsewhere cannot reach this machine: {todo}."
            ) from None
        raise
    # What a server leaves out is None.
    webhook_id = cast(Any, created.id)
    try:
        yield
    finally:
        if webhook_id is None:
            _remove_by_label(careful, label)
        else:
            _remove(careful, webhook_id)


def _remove(client: TitanClient, webhook_id: Any) -> None:
    try:
        client.webhooks.delete(webhook_id)
    except NotFoundError:
        say("The webhook was removed already.")
        return
    except TitanError as error:
        raise CommandError(
            f"the webhook {printable(webhook_id)} could not be removed: {describe(error)}",
            f"Remove it later: client.webhooks.delete({printable(webhook_id)})",
        ) from None
    say("The webhook is removed.")


def _remove_by_label(client: TitanClient, label: str) -> None:
    try:
        for webhook in client.webhooks.list():
            if webhook.label == label:
                _remove(client, webhook.id)
    except (TitanError, CommandError) as error:
        reason = error.message if isinstance(error, CommandError) else describe(error)
        say(f'titan: a webhook with the label "{label}" may be left: {printable(reason)}')
