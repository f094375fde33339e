"""A headless Chromium, and what a page in it complains of."""

from __future__ import annotations

import contextlib
from typing import Any, Iterator, List

import pytest

from tests.support.programs import needed

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextlib.contextmanager
def launched() -> Iterator[Any]:
    """Run Chromium; skips the test, loudly, where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="the browser is driven on the newest Python only")
    chromium = needed("chromium", "the page of the sandbox")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


class Watch:
    """What a page complains of and asks for."""

    def __init__(self, base_url: str) -> None:
        self.complaints: List[str] = []
        self.under_way = self.most_under_way = 0
        self._base_url = base_url

    def over(self, page: Any) -> None:
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._on_request)
        page.on("requestfinished", lambda request: self._count(request, -1))

    def _on_request(self, request: Any) -> None:
        if not request.url.startswith((f"{self._base_url}/", "data:")):
            self.complaints.append(f"requested {request.url}")
        self._count(request, 1)

    def _count(self, request: Any, step: int) -> None:
        if "/sandbox/overview" in request.url:
            self.under_way += step
            self.most_under_way = max(self.most_under_way, self.under_way)
