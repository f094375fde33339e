"""How to install the SDK is told truly everywhere, from one constant, and nothing is published against it."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Iterator, List, Tuple

import pytest
import yaml

from tests.support.project import ROOT
from titan._distribution import ON_PUBLIC_INDEX, REPOSITORY

TEXTS = (
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "pyproject.toml",
    "docs",
    "examples",
    "titan",
    "scripts",
    ".github",
)
WRITTEN = ("README.md", "docs/install.md", "docs/tutorial.md", "pyproject.toml")
SUFFIXES = {"", ".md", ".py", ".toml", ".yml", ".yaml", ".html", ".js", ".json"}
# They hold the texts of both states.
SOURCES = {"titan/_distribution.py", "scripts/write_install_text"}
FROM_INDEX = re.compile(r"\b(?:install|add|download)\b[^\n]{0,60}\btitan-sdk\b")
WARNING = "Do not run `pip install titan-sdk`"


def lines_of(repository: Path) -> Iterator[Tuple[str, str]]:
    """Every line that a user may read, and the file it stands in."""
    for name in TEXTS:
        top = repository / name
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            file = path.relative_to(repository).as_posix()
            if path.is_file() and path.suffix in SUFFIXES and file not in SOURCES:
                for line in path.read_text(encoding="utf-8").splitlines():
                    yield file, line


def run(repository: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(repository), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True)


def write(repository: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return run(repository, sys.executable, "scripts/write_install_text", *options)


def flip(repository: Path) -> None:
    """Edit the constant, as on the day the name is this project's, or back."""
    file = repository / "titan" / "_distribution.py"
    text = file.read_text(encoding="utf-8")
    flipped, times = re.subn(
        r"^ON_PUBLIC_INDEX = (True|False)$",
        lambda found: f"ON_PUBLIC_INDEX = {found[1] == 'False'}",
        text,
        flags=re.MULTILINE,
    )
    assert times == 1
    file.write_text(flipped, encoding="utf-8")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A copy of all that tells how to install, and of what writes it."""
    for name in TEXTS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def on_index(repository: Path) -> Path:
    """The copy where the public index has the SDK, and the texts are written anew."""
    if not ON_PUBLIC_INDEX:
        flip(repository)
        assert write(repository).returncode == 0
    return repository


@pytest.fixture
def not_on_index(repository: Path) -> Path:
    """The copy where the public index has another project's package."""
    if ON_PUBLIC_INDEX:
        flip(repository)
        assert write(repository).returncode == 0
    return repository


def test_the_texts_are_those_that_follow_from_the_constant():
    done = write(ROOT, "--check")
    assert (done.returncode, done.stderr) == (0, "")


def test_nothing_sends_users_to_the_index_before_the_name_is_ours(not_on_index):
    told = [(file, line) for file, line in lines_of(not_on_index) if FROM_INDEX.search(line)]
    allowed = [
        (file, line)
        for file, line in told
        if (file == "README.md" and "Titan's SDK page says" in line)
        or (file in ("README.md", "docs/install.md") and WARNING in line)
    ]
    assert told == allowed
    assert len(told) == 3


def test_no_extra_is_named_as_one_of_the_index_before_the_name_is_ours(not_on_index):
    named = {file for file, line in lines_of(not_on_index) if "titan-sdk[" in line}
    # There an extra includes another: pip takes both from the project at hand.
    assert named == {"pyproject.toml"}


def test_the_warning_stands_where_the_name_is_first_used(not_on_index):
    readme = (not_on_index / "README.md").read_text(encoding="utf-8")
    assert readme.startswith("# titan-sdk\n")
    before, found, _ = readme.partition(WARNING)
    assert found
    assert before.count("titan-sdk") == 1


def test_with_the_constant_changed_the_check_names_every_text_that_is_to_be_written(repository):
    flip(repository)
    done = write(repository, "--check")
    assert done.returncode == 1
    how = "run scripts/write_install_text and commit what it writes"
    assert done.stderr.splitlines() == [f"{name}: {how}" for name in WRITTEN]


def test_the_day_of_the_change_is_one_edit_and_one_command(repository):
    before = {name: (repository / name).read_bytes() for name in WRITTEN}
    flip(repository)
    assert write(repository).stdout.splitlines() == [f"wrote {name}" for name in WRITTEN]
    assert write(repository, "--check").returncode == 0
    assert all((repository / name).read_bytes() != text for name, text in before.items())

    flip(repository)
    assert write(repository).returncode == 0
    assert {name: (repository / name).read_bytes() for name in before} == before


def test_on_the_index_users_are_told_the_line_they_know(on_index):
    readme = (on_index / "README.md").read_text(encoding="utf-8")
    assert "\npip install titan-sdk\n" in readme
    assert 'install "titan-sdk[sandbox]"' in (on_index / "docs" / "tutorial.md").read_text(encoding="utf-8")
    assert "Do not" not in readme


@pytest.mark.parametrize("state", ["on_index", "not_on_index"])
def test_without_its_extra_the_sandbox_says_how_to_install_it_in_either_state(state, request):
    repository = request.getfixturevalue(state)
    code = (
        "import sys; sys.modules['uvicorn'] = None; from titan.sandbox.__main__ import main; exit(main([]))"
    )
    done = run(repository, sys.executable, "-c", code)
    assert done.returncode == 1
    assert done.stderr.startswith("titan.sandbox needs uvicorn: ")
    assert ('pip install "titan-sdk[sandbox]"' in done.stderr) == (state == "on_index")
    assert ('python -m pip install ".[sandbox]"' in done.stderr) == (state == "not_on_index")
    assert ('Do not run "pip install titan-sdk"' in done.stderr) == (state == "not_on_index")


def test_a_package_that_must_not_be_published_says_so_in_its_metadata(repository):
    guard = '    "Private :: Do Not Upload",\n'
    assert (guard in (repository / "pyproject.toml").read_text(encoding="utf-8")) == (not ON_PUBLIC_INDEX)
    flip(repository)
    write(repository)
    assert (guard in (repository / "pyproject.toml").read_text(encoding="utf-8")) == ON_PUBLIC_INDEX


# --- the workflow that would publish


def workflow() -> dict:
    return yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8"))


def steps(job: str) -> List[dict]:
    return workflow()["jobs"][job].get("steps", [])


@pytest.mark.parametrize("state", ["on_index", "not_on_index"])
def test_the_release_refuses_while_the_name_is_not_ours(state, request):
    repository = request.getfixturevalue(state)
    (guard,) = [step for step in steps("guard") if step.get("name") == "Is the name this project's?"]
    done = run(repository, "bash", "-c", guard["run"].replace("python ", f"{sys.executable} ", 1))
    assert done.returncode == (0 if state == "on_index" else 1), done.stderr
    assert ("belongs to another project" in done.stderr) == (state == "not_on_index")


def test_no_job_publishes_without_the_guard():
    needs = {name: job.get("needs", []) for name, job in workflow()["jobs"].items()}
    needs = {name: [value] if isinstance(value, str) else value for name, value in needs.items()}

    def reached(name: str) -> set[str]:
        return {name}.union(*(reached(before) for before in needs[name]))

    assert all("guard" in reached(name) for name in needs)
    publishing = [name for name in needs for step in steps(name) if "publish" in step.get("uses", "")]
    assert publishing == ["publish"]


def test_no_other_workflow_publishes():
    for file in (ROOT / ".github" / "workflows").glob("*.yml"):
        text = file.read_text(encoding="utf-8")
        if file.name != "release.yml":
            # The index trusts the identity of a workflow; that for pages is shown to nobody else.
            forbidden = (
                r"pypi-publish|twine" if "actions/deploy-pages" in text else r"pypi-publish|twine|id-token"
            )
            assert not re.search(forbidden, text), file.name


# --- where the source is


def test_no_other_place_says_where_the_repository_is():
    written = {"pyproject.toml", "CHANGELOG.md", "docs/install.md"}
    named = {file for file, line in lines_of(ROOT) if REPOSITORY in line}
    assert named <= written | {"titan/_distribution.py"}


def test_a_moved_repository_is_one_edit_and_one_command(repository):
    file = repository / "titan" / "_distribution.py"
    moved = file.read_text(encoding="utf-8").replace(REPOSITORY, "https://git.example.org/sdk")
    file.write_text(moved, encoding="utf-8")
    assert write(repository, "--check").returncode == 1
    assert write(repository).stdout.splitlines() == ["wrote docs/install.md", "wrote pyproject.toml"]
    pyproject = (repository / "pyproject.toml").read_text(encoding="utf-8")
    assert '\nRepository = "https://git.example.org/sdk"\n' in pyproject
    assert REPOSITORY not in pyproject


@pytest.mark.parametrize("document", ["README.md", "docs/install.md"])
def test_each_extra_is_named_and_no_other(document):
    offered = set(importlib.metadata.metadata("titan-sdk").get_all("Provides-Extra") or [])
    offered -= {"dev", "docs", "test"}
    text = (ROOT / document).read_text(encoding="utf-8")
    named = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) or re.findall(
        r"`(\w+)`(?= (?:is|the|sends|makes))", text[text.index("The extras:") : text.index("## Send")]
    )
    assert set(named) == offered
