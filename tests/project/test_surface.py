"""A change to what users rely on shows in a file of its own, and so is meant; what breaks is named."""

from __future__ import annotations

import importlib
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.project import ROOT

pytest.importorskip("griffe", reason="NOT TESTED: the public surface, with griffe of the extra `dev`")

FILE = ROOT / "public-surface.txt"


@pytest.fixture
def surface(monkeypatch):
    """The modules of scripts/surface."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return {name: importlib.import_module(f"_surface.{name}") for name in ("names", "text", "breaking")}


@pytest.fixture
def source(tmp_path):
    """A copy of the package, to be changed."""
    ignored = shutil.ignore_patterns("__pycache__", "static", "*.json")
    shutil.copytree(ROOT / "titan", tmp_path / "titan", ignore=ignored)
    return tmp_path


def written(surface, folder):
    return surface["text"].write_surface(surface["names"].load_package(folder))


def edit(source: Path, file: str, before: str, after: str) -> None:
    path = source / "titan" / file
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1
    path.write_text(text.replace(before, after), encoding="utf-8")


def test_the_committed_file_is_what_the_source_shows(surface):
    committed, found = FILE.read_text(encoding="utf-8"), written(surface, ROOT)
    assert committed.splitlines() == found.splitlines(), (
        "if this change is meant, run scripts/surface and commit what it writes"
    )


def test_what_it_lists_is_what_the_modules_export(surface):
    package = surface["names"].load_package(ROOT)
    modules = {module.path: module for module in surface["names"].public_modules(package)}
    assert {"titan", "titan.errors", "titan.services", "titan.types_gen", "titan.webhooks"} <= set(modules)
    for path, module in modules.items():
        loaded = importlib.import_module(path)
        names = set(surface["names"].public_names(module))
        assert names == set(getattr(loaded, "__all__", names)), path
        assert {name for name in names if not hasattr(loaded, name)} == set()


@pytest.mark.parametrize(
    ("file", "before", "after", "line"),
    [
        ("client.py", "max_retries: int = 2", "max_retries: int = 3", "        max_retries: int = 3,"),
        ("jid.py", "def group(group_id: str)", "def group(name: str)", "def group(name: str) -> str"),
        (
            "services/_generated/messages.py",
            "def seen(",
            "def mark_seen(",
            "    def mark_seen(self, session: str, seen: Union[SeenRequest, SeenParams]) -> None",
        ),
        (
            "_http/settings.py",
            "TimeoutTypes = Union[float, Timeouts, None]",
            "TimeoutTypes = Union[float, None]",
            "titan._http.settings.TimeoutTypes = Union[float, None]",
        ),
    ],
)
def test_a_changed_default_name_or_type_shows(surface, source, file, before, after, line):
    edit(source, file, before, after)
    changed = set(written(surface, source).splitlines()) - set(FILE.read_text(encoding="utf-8").splitlines())
    assert changed == {line}


def test_texts_and_what_nobody_can_import_do_not_show(surface, source):
    edit(source, "jid.py", '"""Chat ids from', '"""Ids of chats from')
    edit(source, "_version.py", '__version__ = "', '__version__ = "9')
    (source / "titan" / "_further.py").write_text("def new() -> None: ...\n")
    assert written(surface, source) == written(surface, ROOT)


def test_a_new_module_shows_by_itself_and_a_program_does_not(surface, source):
    for name in ("queue", "cli"):
        (source / "titan" / name).mkdir(exist_ok=True)
        (source / "titan" / name / "__init__.py").write_text("def start(count: int = 1) -> None: ...\n")
    text = written(surface, source)
    assert "\n## titan.queue\n\ndef start(count: int = 1) -> None\n" in text
    assert "## titan.cli\n" not in text


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def test_what_breaks_since_the_last_release_is_named(surface, source):
    breaking = surface["breaking"]
    git(source, "init", "--quiet")
    git(source, "add", ".")
    git(source, "commit", "--quiet", "--message", "All")
    assert breaking.last_release(source) is None
    git(source, "tag", "v0.1.0")

    edit(source, "jid.py", "def group(group_id: str)", "def group(name: str)")
    edit(source, "services/_generated/messages.py", "def seen(", "def mark_seen(")
    edit(source, "sandbox/server/sandbox.py", "    def stop(", "    def end(")
    # Nobody can rely on this one.
    edit(source, "sandbox/server/http_server.py", "def listen(", "def open_listener(")
    (source / "titan" / "_version.py").write_text('__version__ = "0.1.1"\n', encoding="utf-8")
    tag, changes, allowed = breaking.find_breakage(source, breaking.last_release(source))
    assert (tag, allowed) == ("v0.1.0", False)
    told = sorted(change.partition(": ")[2] for change in changes)
    removed = "Public object was removed"
    assert told[:2] == [f"Messages.seen: {removed}", f"Sandbox.stop: {removed}"]
    assert all(change.startswith("group(") for change in told[2:])
    assert len(told) > 2


@pytest.mark.parametrize(
    ("before", "after", "allowed"),
    [
        ("0.1.0", "0.2.0", True),
        ("0.2.0", "0.2.1", False),
        ("0.9.3", "1.0.0", True),
        ("1.4.0", "1.5.0", False),
        ("1.4.0", "2.0.0", True),
        ("1.9.0", "1.10.0", False),
    ],
)
def test_versions_may_break_as_semantic_versioning_says(surface, before, after, allowed):
    assert surface["breaking"].may_break(before, after) is allowed
