"""The code that README and documentation show: where it stands, and how each block of it is tested.

Every block says its language, and is tested by that, unless a comment directly above it says otherwise:

    <!-- run: MODE NAME (REASON) -->

The blocks of a page run in their order in one process, in a folder of its own, with a local Titan whose
session `default` is connected. `TITAN_BASE_URL`, `TITAN_API_KEY` and `TITAN_WEBHOOK_SECRET` are set, and the
addresses and keys that pages show, such as `https://api.example.com` and `titan_...`, stand for those of this
Titan. The folder has `invoice.pdf`, `note.ogg` and `cat.jpg`. Every warning is an error.

    language   without a mark
    python     runs in the namespace of the page; for type checkers, the page is one module
    sh         runs in bash, `set -eu`; what `pip`, `apt-get` or a server would do needs the mark `compiled`
    json, yaml, toml, html
               is parsed; so is js, and what stands in a script of html, by Node
    text, dockerfile
               is nothing that can be run here: output, or what another test takes

    mode       what it does
    file NAME  keeps the block as a file in the folder; a module is imported too, and is one for type checkers
    test NAME  the same, and pytest runs it, with the fixtures of the SDK
    new        python: starts a new namespace and a new module, for a second program on the page
    typed      python: is compiled and type-checked, but not run; with a NAME it is a module of its own.
               The REASON says what it would need
    compiled   python, sh: is compiled only; the REASON says why
    elsewhere  is taken from the page by another test, whose file is the REASON; python with a NAME is a
               module for type checkers
    output     text: what the block before has printed, where a line `...` stands for any lines and `…` for
               anything in a line

What a page needs and a reader does not runs where it stands, without being shown. It has the name `sandbox`:

    <!-- run:
    sandbox.receive("default", "Hi!")
    -->
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import re
import subprocess
import sys
import textwrap
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Set, Tuple

from tests.support.project import ROOT
from titan import TitanClient
from titan.sandbox import Sandbox

LANGUAGES = {"python", "sh", "json", "yaml", "toml", "html", "js", "text", "dockerfile"}
MODES = {
    "": LANGUAGES,
    "hidden": {"python"},
    "file": LANGUAGES,
    "test": {"python"},
    "new": {"python"},
    "typed": {"python"},
    "compiled": {"python", "sh"},
    "elsewhere": LANGUAGES,
    "output": {"text"},
}
"""The languages for which each mode is."""

_HEADS = re.compile(
    r"^(?:(?P<margin>[ ]*)<!--[ ]run:[ ](?P<mark>[^\n]*?)[ ]-->\n\s*?)?"
    r"^(?P<indent>[ ]*)(?P<fence>`{3,}|~{3,})(?P<language>[^\n`]*)\n"
    r"(?P<code>.*?)"
    r"^(?P=indent)(?P=fence)[ ]*$"
    r"|^[ ]*<!--[ ]run:[ ]*\n(?P<hidden>.*?)^[ ]*-->[ ]*$",
    re.MULTILINE | re.DOTALL,
)
_MARK = re.compile(r"(?P<mode>[a-z]+)(?: (?P<name>[\w./-]+))?(?: \((?P<reason>.+)\))?")

# The beginning of a voice note: a page of Ogg with the header of Opus.
_FILES = {
    "invoice.pdf": b"%PDF-1.7",
    "note.ogg": b"OggS\x00\x02" + bytes(20) + b"\x01\x13OpusHead\x01\x01" + bytes(9),
    "cat.jpg": b"\xff\xd8\xff\xe0",
}


class Block(NamedTuple):
    """A block of code on a page, or code that is not shown."""

    page: str
    line: int
    language: str
    mode: str
    """How it is tested; empty where that follows from its language."""
    name: str
    reason: str
    code: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def documents() -> List[str]:
    """The pages whose code is tested, by their paths from the root of the repository.

    The reference is generated, and tests/project/test_reference_examples.py runs its examples.
    """
    pages = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md"))
    written = [page for page in pages if not page.startswith("docs/reference/")]
    return ["README.md", "CONTRIBUTING.md", *written]


def blocks_of(page: str, text: Optional[str] = None) -> List[Block]:
    """The blocks of a page in their order.

    Args:
        page: Its path from the root of the repository.
        text: Its text; what stands in the file when left out.
    """
    text = (ROOT / page).read_text(encoding="utf-8") if text is None else text
    blocks = []
    for found in _HEADS.finditer(text):
        if found["hidden"] is not None:
            line = text.count("\n", 0, found.start("hidden")) + 1
            code = textwrap.dedent(found["hidden"])
            blocks.append(Block(page, line, "python", "hidden", "", "", code))
            continue
        mark = _MARK.fullmatch(found["mark"] or "")
        assert mark or not found["mark"], f"{page}: what does the mark {found['mark']!r} mean?"
        blocks.append(
            Block(
                page=page,
                line=text.count("\n", 0, found.start("code")) + 1,
                language=found["language"].strip().partition(" ")[0],
                mode=mark["mode"] if mark else "",
                name=(mark["name"] if mark else None) or "",
                reason=(mark["reason"] if mark else None) or "",
                code=textwrap.dedent(found["code"]),
            )
        )
    return blocks


# --- what runs


def run_page(page: str, folder: str) -> None:
    """Run the blocks of a page in a folder, in this process: it is the page's alone."""
    os.chdir(folder)
    sys.path.insert(0, folder)
    for name, content in _FILES.items():
        Path(name).write_bytes(content)
    with Sandbox(scan_after=0.05, qr_seconds=20) as sandbox:
        os.environ.update(
            TITAN_BASE_URL=sandbox.base_url,
            TITAN_API_KEY=sandbox.api_key,
            TITAN_WEBHOOK_SECRET="a secret",
            PYTHONPATH=os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
            PATH=os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")]),
        )
        sandbox.connect("default")
        sandbox.receive("default", "Hello, all!", group="120363012345678901@g.us")
        media = sandbox.receive("default", media=b"%PDF-1.7")["media"]["id"]
        run = _Run(page, sandbox, media)
        try:
            for block in blocks_of(page):
                run.take(block)
        finally:
            run.close()


class _Run:
    """A page while it runs."""

    def __init__(self, page: str, sandbox: Sandbox, media: str) -> None:
        self._page = page
        self._sandbox = sandbox
        self._names: Dict[str, Any] = {}
        self._clients: List[TitanClient] = []
        self._printed = ""
        self._stands_for = {
            "https://api.example.com": sandbox.base_url,
            "http://127.0.0.1:8420": sandbox.base_url,
            "http://localhost:8420": sandbox.base_url,
            "https://example.com/titan": "http://127.0.0.1:9/titan",
            "titan_...": sandbox.api_key,
            "the mediaId of a message": media,
        }
        self._start()

    def _start(self) -> None:
        self._names = {"__name__": "__page__", "sandbox": self._sandbox}

    def take(self, block: Block) -> None:
        """Do with a block what its mark or its language says."""
        if block.mode == "output":
            assert_printed(self._printed, block)
        elif block.mode in ("file", "test"):
            self._keep(block)
        elif block.mode == "elsewhere":
            pass
        elif block.mode in ("typed", "compiled") or block.language not in ("python", "sh"):
            check_syntax(block)
        elif block.language == "sh":
            self._printed = self._shell(block)
        else:
            self._printed = self._python(block)

    def _python(self, block: Block) -> str:
        if block.mode == "new":
            self._start()
        code = compile("\n" * (block.line - 1) + self._real(block.code), self._page, "exec")
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(code, self._names)
        self._clients += [value for value in self._names.values() if isinstance(value, TitanClient)]
        return printed.getvalue()

    def _shell(self, block: Block) -> str:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self._real(block.code)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=60,
        )
        assert done.returncode == 0, f"{block}: status {done.returncode}\n{done.stdout}"
        return done.stdout

    def _keep(self, block: Block) -> None:
        check_syntax(block)
        file = Path(block.name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(self._real(block.code), encoding="utf-8")
        if block.mode == "test":
            self._printed = _run_pytest(block)
        elif file.suffix == ".py" and file.name != "conftest.py":
            importlib.invalidate_caches()
            module = importlib.import_module(".".join(file.with_suffix("").parts))
            self._clients += [value for value in vars(module).values() if isinstance(value, TitanClient)]

    def _real(self, code: str) -> str:
        for shown, real in self._stands_for.items():
            code = code.replace(shown, real)
        return code

    def close(self) -> None:
        """Close the clients that the page has left open."""
        for client in self._clients:
            client.close()


def _run_pytest(block: Block) -> str:
    # Only the plugin that the page is about: others take their time, add their output, or change the order.
    command = [sys.executable, "-m", "pytest", "-q", "-p", "titan.sandbox.pytest_plugin", block.name]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", timeout=120)
    assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def assert_printed(printed: str, block: Block) -> None:
    """Compare what was printed with what a page says is printed."""
    lines = [re.escape(line).replace("…", ".*?") + "\n" for line in block.code.rstrip("\n").split("\n")]
    pattern = "".join(r"(?:.*\n)*?" if line == r"\.\.\." + "\n" else line for line in lines)
    shown = "".join(f"{line.rstrip()}\n" for line in printed.strip("\n").split("\n"))
    assert re.fullmatch(pattern, shown), (
        f"{block}: the page shows\n{block.code}\nand this was printed:\n{shown}"
    )


# --- what is only read


def check_syntax(block: Block) -> None:
    """Read a block as its language, without running it."""
    if block.language == "python":
        compile(block.code, str(block), "exec")
    elif block.language == "sh":
        done = subprocess.run(["bash", "-n", "-c", block.code], capture_output=True, encoding="utf-8")
        assert done.returncode == 0, f"{block}: {done.stderr}"
    elif block.language == "json":
        json.loads(block.code)
    elif block.language == "yaml":
        import yaml

        yaml.safe_load(block.code)
    elif block.language == "toml" and sys.version_info >= (3, 11):
        import tomllib

        tomllib.loads(block.code)
    elif block.language == "html":
        scripts_of(block)


def scripts_of(block: Block) -> List[str]:
    """The JavaScript of a block of `js` or `html`; what is opened in HTML must be closed."""
    if block.language == "js":
        return [block.code]
    parser = _Page()
    parser.feed(block.code)
    parser.close()
    assert parser.open == [], f"{block}: not closed: {parser.open}"
    return parser.scripts


_VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


class _Page(HTMLParser):
    """Sees to it that what is opened is closed, and gathers the scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.open: List[str] = []
        self.scripts: List[str] = []

    def handle_starttag(self, tag: str, attrs: List[Tuple[str, Optional[str]]]) -> None:
        if tag not in _VOID:
            self.open.append(tag)
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1:] == [tag], f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts[-1] += data


# --- what type checkers get


_HEAD = "from titan.sandbox import Sandbox as _Sandbox\n\nsandbox = _Sandbox()\n\n"


def modules_of(page: str, text: Optional[str] = None) -> Iterator[Tuple[str, str]]:
    """The code of a page as modules of one package, which import each other relatively.

    Yields:
        Path of the file within the package, and its code.
    """
    blocks = [one for one in blocks_of(page, text) if one.language == "python" and _is_checked(one)]
    own = {Path(one.name).stem for one in blocks if one.name.endswith(".py") and "/" not in one.name}
    kept = [one for one in blocks if one.name]
    yield from ((one.name, _import_relatively(one.code, own)) for one in kept)
    program: List[Block] = []
    number = 1
    for block in blocks:
        if block.mode == "new" and program:
            yield _joined(program, number, own)
            program, number = [], number + 1
        if not block.name:
            program.append(block)
    if program:
        yield _joined(program, number, own)


def _is_checked(block: Block) -> bool:
    return bool(block.name) if block.mode == "elsewhere" else block.mode != "compiled"


def package_of(page: str) -> str:
    """Name of the package that the code of a page is for type checkers."""
    return re.sub(r"\W", "_", page.lower())


def _joined(program: List[Block], number: int, own: Set[str]) -> Tuple[str, str]:
    code = _HEAD + "\n\n".join(block.code for block in program)
    return f"{package_of(program[0].page)}_{number}.py", _import_relatively(code, own)


def _import_relatively(code: str, own: Set[str]) -> str:
    if not own:
        return code
    names = "|".join(sorted(own))
    code = re.sub(rf"^(\s*)from ({names}) import", r"\1from .\2 import", code, flags=re.MULTILINE)
    return re.sub(rf"^(\s*)import ({names})$", r"\1from . import \2", code, flags=re.MULTILINE)
