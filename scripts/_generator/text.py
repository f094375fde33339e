"""Text of the contract as it may stand in Python, and Python in the project's format."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import List

BANNER = "generated from openapi.yaml and sdk.yaml by scripts/generate; do not edit"
_WIDTH = 110


def class_name(service: str) -> str:
    """`client_tokens` becomes `ClientTokens`."""
    return "".join(word.capitalize() for word in service.split("_"))


def escape(text: str) -> str:
    """Text for the inside of a docstring: whatever it holds, Python reads it back as it is."""
    text = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", " ", text)
    text = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return re.sub(r'"$', r'\\"', text)


def paragraphs(text: str) -> List[str]:
    """The paragraphs of a description, each on one line; items of a list stay on lines of their own."""
    found = []
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = [""]
        for line in block.splitlines():
            if re.match(r"\s*([-*+]|\d+[.)])\s", line):
                lines.append(line.strip())
            else:
                lines[-1] = f"{lines[-1]} {line.strip()}".strip()
        found += [line for line in lines if line]
    return found


def wrap(text: str, indent: int, hanging: int = 0) -> str:
    """Break text at the project's line length.

    Args:
        text: One paragraph, already escaped.
        indent: Spaces before the first line.
        hanging: More spaces before the others.
    """
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + hanging),
        break_long_words=False,
        break_on_hyphens=False,
    )


def format_module(root: Path, path: Path, docstring: str, code: str) -> str:
    """Give a module its head and the project's format."""
    code = re.sub(r"\A(#.*\n)+", "", code)
    code = f'# {BANNER}\n"""{docstring}"""\n{code}'
    for command in (["check", "--select", "I,F401", "--fix", "--quiet"], ["format", "--quiet"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--stdin-filename", str(path), "-"]
        done = subprocess.run(ruff, cwd=root, input=code, capture_output=True, text=True)
        if done.returncode:
            raise ValueError(f"the generated {path} is not Python: {done.stderr or done.stdout}")
        code = done.stdout
    return code
