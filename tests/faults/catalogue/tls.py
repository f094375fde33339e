"""TLS: certificates that do not hold, handshakes that fail, and the wrong kind of connection."""

from __future__ import annotations

from tests.faults.catalogue.connections import ends_inside, say_nothing
from tests.faults.model import ANSWERED, LOST, NOT_SENT, STALLED, TOTAL, Fault, Group, Kind, Meaning, Reads
from tests.faults.server import Exchange, answer_well, below_tls
from tests.support.loopback import http

_CONNECTING = Meaning(Kind.STALLED, spends_all=True, is_connected=False)


@below_tls
def answer_in_plain(exchange: Exchange) -> None:
    """Answer a TLS handshake as servers of plain HTTP do."""
    exchange.connection.recv(65_536)
    exchange.send(http(400, b"speak HTTP", {"Connection": "close"}))
    exchange.drain()


@below_tls
def say_nothing_in_the_handshake(exchange: Exchange) -> None:
    exchange.stall()


@below_tls
def close_in_the_handshake(exchange: Exchange) -> None:
    exchange.connection.recv(65_536)


@below_tls
def reset_in_the_handshake(exchange: Exchange) -> None:
    exchange.connection.recv(65_536)
    exchange.reset()


@below_tls
def dribble_in_the_handshake(exchange: Exchange) -> None:
    """Send a handshake record a byte at a time."""
    exchange.connection.recv(65_536)
    exchange.dribble(b"\x16\x03\x03\x40\x00" + bytes(200))


def answer_plain_request_with_alert(exchange: Exchange) -> None:
    """What a server of TLS does with a plain request: it cannot read it, and sends an alert."""
    exchange.wait_for_request()
    exchange.send(b"\x15\x03\x01\x00\x02\x02\x46")
    exchange.drain()


_GOOD = "good"

GROUP = Group(
    "TLS",
    "The connection is checked before anything of a request is sent over it.",
    [
        Fault("TLS", "The certificate is good.", answer_well, ANSWERED, certificate=_GOOD),
        *(
            Fault(f"{name} certificate", sentence, answer_well, NOT_SENT, certificate=name)
            for name, sentence in {
                "expired": "The certificate has expired.",
                "self-signed": "The certificate is signed by itself.",
                "foreign": "The certificate is for another host.",
            }.items()
        ),
        Fault(
            "plain where TLS is expected",
            "The address says `https`, and the server speaks plain HTTP.",
            *(answer_in_plain, NOT_SENT),
            certificate=_GOOD,
        ),
        Fault(
            "TLS where plain is expected",
            "The address says `http`, and the server speaks TLS.",
            *(answer_plain_request_with_alert, LOST, Reads.NOTHING),
        ),
        Fault(
            "silent in the handshake",
            "Nothing comes back in the handshake.",
            *(say_nothing_in_the_handshake, _CONNECTING),
            total_timeout=TOTAL,
            certificate=_GOOD,
        ),
        Fault(
            "a byte at a time in the handshake",
            "The handshake comes so slowly that `timeout` never passes.",
            *(dribble_in_the_handshake, _CONNECTING),
            total_timeout=TOTAL,
            certificate=_GOOD,
        ),
        Fault(
            "closed in the handshake",
            "The connection is closed in the handshake.",
            *(close_in_the_handshake, NOT_SENT),
            certificate=_GOOD,
        ),
        Fault(
            "reset in the handshake",
            "The connection is reset in the handshake.",
            *(reset_in_the_handshake, NOT_SENT),
            certificate=_GOOD,
        ),
        Fault(
            "silent over TLS",
            "The request is taken, and nothing comes back.",
            *(say_nothing, STALLED),
            total_timeout=TOTAL,
            certificate=_GOOD,
        ),
        Fault(
            "closed inside the body over TLS",
            "The connection is closed inside the body, without an end of TLS.",
            *(ends_inside("the body", with_reset=False), LOST),
            certificate=_GOOD,
        ),
    ],
)
