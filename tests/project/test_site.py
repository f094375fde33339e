"""The documentation site: built, then read in a browser page by page."""

from __future__ import annotations

import functools
import http.server
import posixpath
import re
import subprocess
import sys
import threading
from html.parser import HTMLParser
from pathlib import Path
from typing import Dict, Iterator, List, Set, Tuple
from urllib.parse import unquote, urlsplit

import pytest

from tests.support.browser import Watch, launched
from tests.support.project import ROOT

sys.path.insert(0, str(ROOT / "scripts"))

# It builds the site, for which it may have to set up an environment, and starts a browser.
pytestmark = pytest.mark.heavy

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
LOOKS = (("desktop", DESKTOP, "light", "default"), ("phone", PHONE, "dark", "slate"))
"""What a page is looked at on, the scheme of that system, and what the site calls it."""


class _Page(HTMLParser):
    """What a page links to, asks for, and can be linked by."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: List[str] = []
        self.assets: List[str] = []
        self.ids: Set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: List[Tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids.add(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "link" and given.get("rel") in ("stylesheet", "icon", "preconnect", "preload"):
            self.assets.append(given["href"])
        elif tag in ("img", "script", "iframe", "source", "video") and "src" in given:
            self.assets.append(given["src"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "scripts/docs", "--output", str(folder / "built")],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    return folder / "built"


@pytest.fixture(scope="module")
def pages(site: Path) -> Dict[str, _Page]:
    """Each page by its path on the site."""
    return {
        path.parent.relative_to(site).as_posix().replace(".", "", 1) + "/": _Page(
            path.read_text(encoding="utf-8")
        )
        for path in site.rglob("index.html")
    }


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    handler = functools.partial(_Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser():
    with launched() as browser:
        yield browser


def test_every_page_of_the_navigation_is_there_and_every_document_is_in_it(pages):
    documents = {
        path.relative_to(ROOT / "docs").with_suffix("").as_posix() for path in (ROOT / "docs").rglob("*.md")
    }
    built = {re.sub("(^|/)index$", "", document).strip("/") for document in documents}
    assert {page.strip("/") for page in pages} == built
    assert len(pages) > 30


def test_every_link_and_anchor_inside_the_site_leads_somewhere(site, pages):
    wrong = []
    for page, parsed in pages.items():
        for link in [*parsed.links, *parsed.assets]:
            parts = urlsplit(link)
            if parts.scheme in ("http", "https", "mailto", "data"):
                continue
            path = (
                posixpath.normpath(posixpath.join("/", page, unquote(parts.path)))
                if parts.path
                else f"/{page}"
            )
            target = path.strip("/")
            as_page = pages.get(f"{target}/" if target else "/", pages.get(target))
            if as_page is None and not (site / target).is_file():
                wrong.append(f"{page}: {link}")
            elif parts.fragment and as_page is not None and unquote(parts.fragment) not in as_page.ids:
                wrong.append(f"{page}: {link}, which has no such heading")
    assert wrong == []


def test_no_page_takes_anything_from_elsewhere(pages):
    elsewhere = [
        (page, asset)
        for page, one in pages.items()
        for asset in one.assets
        if "//" in asset.partition("?")[0]
    ]
    assert elsewhere == []


def test_no_page_complains_or_is_wider_than_the_screen(browser, address, pages):
    watch = Watch(address)
    page = browser.new_page()
    watch.over(page)
    for path in pages:
        page.goto(f"{address}/{path.lstrip('/')}")
        # Each is loaded once, which takes longer than to look at it in both ways.
        for screen, viewport, preferred, scheme in LOOKS:
            page.set_viewport_size(viewport)
            page.emulate_media(color_scheme=preferred)
            too_wide = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert too_wide <= 0, f"{path} is {too_wide} pixels too wide on a {screen}"
            page.wait_for_function("name => document.body.dataset.mdColorScheme === name", arg=scheme)
    page.close()
    assert watch.complaints == []


def test_the_scheme_can_be_switched(browser, address):
    page = browser.new_page(color_scheme="light")
    page.goto(f"{address}/")
    seen = [page.evaluate("document.body.dataset.mdColorScheme")]
    for _ in range(3):
        page.locator("form[data-md-component=palette] label:not([hidden])").click()
        seen.append(page.evaluate("document.body.dataset.mdColorScheme"))
    page.close()
    assert "slate" in seen
    assert "default" in seen


@pytest.mark.parametrize("wanted", ["messages.send", "maybe_processed", "message.received"])
def test_search_finds_a_name(browser, address, wanted):
    page = browser.new_page()
    page.goto(f"{address}/", wait_until="networkidle")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Search").fill(wanted)
    page.get_by_role("link").or_(page.get_by_role("option")).filter(has_text=wanted).first.wait_for()
    page.close()


def test_language_models_get_a_list_of_all_pages_and_their_text(site, pages):
    text = (site / "llms.txt").read_text(encoding="utf-8")
    assert re.match(r"# titan-sdk\n\n> .+\.\n\n## ", text)
    links = re.findall(r"^- \[(.+?)\]\((\S+\.md)\): (.+)$", text, re.MULTILINE)
    assert len(links) == len(re.findall(r"^- ", text, re.MULTILINE)) == len(pages)
    whole = (site / "llms-full.txt").read_text(encoding="utf-8")
    for title, target, about in links:
        page = (site / target).read_text(encoding="utf-8")
        assert page.startswith(f"# {title}\n")
        assert about.strip()
        assert page in whole
