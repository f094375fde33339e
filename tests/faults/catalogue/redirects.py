"""Redirects. Only a download follows them, and without the credential where they lead to another origin."""

from __future__ import annotations

from tests.faults.model import ANSWERED, LOST, Fault, Group, Kind, Meaning, by_result
from tests.faults.privacy import NUMBER
from tests.faults.server import Exchange, Play
from tests.support.loopback import http

CODES = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 5
_ELSEWHERE = f"/elsewhere/{NUMBER}"


def redirects(code: int, place: str) -> Play:
    """Refer each request to a place; what was referred to the same origin is answered."""

    def answer(exchange: Exchange) -> bool:
        exchange.read_whole()
        if exchange.path == _ELSEWHERE and place == "same origin":
            exchange.send(exchange.answer)
            return True
        location = {
            "same origin": _ELSEWHERE,
            "another origin": "",
            "file:": "file:///etc/passwd",
            "loop": f"/loop/{NUMBER}",
        }[place]
        if place == "another origin":
            location = f"http://{exchange.server.elsewhere.address}{_ELSEWHERE}"
        exchange.send(http(code, b"", {"Location": location}))
        return True

    return answer


def _file_of(code: int, place: str) -> Meaning:
    return {"file:": LOST, "loop": Meaning(Kind.STATUS, code)}.get(place, ANSWERED)


def _fault(code: int, place: str) -> Fault:
    meaning = by_result(json=Meaning(Kind.STATUS, code), file=_file_of(code, place))
    requests = _MOST_REDIRECTS + 1 if place == "loop" else 1
    return Fault(f"{code} to {place}", "", redirects(code, place), meaning, requests=requests)


GROUP = Group(
    "Redirects",
    "Only a download follows a redirect, up to five in a row: to the same origin, to another (which gets no "
    "credential), never to `file:`. All else ends with the status as an error.",
    [_fault(code, place) for place in ("same origin", "another origin", "file:", "loop") for code in CODES],
)
