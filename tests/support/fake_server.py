"""A server that is a function: it answers with given responses, and keeps the requests."""

from __future__ import annotations

from typing import Any, List, Optional, Union

import httpx

BASE_URL = "https://api.example.com"
API_KEY = "titan_" + "k" * 98

Answer = Union[httpx.Response, Exception]


class FakeServer:
    """Answers each request with the next of the given answers (the last one again and again) and keeps it."""

    def __init__(self, *answers: Answer) -> None:
        self.answers: List[Answer] = list(answers)
        self.requests: List[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        # A response can be read once only, so each request gets its own.
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    @property
    def request(self) -> httpx.Request:
        """The only request."""
        assert len(self.requests) == 1
        return self.requests[0]


def json_response(value: Any, status: int = 200, headers: Optional[dict] = None) -> httpx.Response:
    return httpx.Response(status, json=value, headers=headers)
