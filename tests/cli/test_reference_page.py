"""The page about the command line has every command with each of its options."""

from __future__ import annotations

import re

import click
import pytest

from tests.support.project import ROOT
from titan.cli.app import COMMANDS, titan

pytestmark = pytest.mark.once

PAGE = (ROOT / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## titan ([\w -]+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def test_the_page_has_a_section_for_each_command_and_no_other():
    assert list(SECTIONS) == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_section_has_each_option_and_argument(name):
    command = titan.get_command(click.Context(titan), name)
    section = SECTIONS[name]
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert f"| `{parameter.opts[0]}" in section
        else:
            assert parameter.human_readable_name in section
    assert section.count("| `--") == sum(isinstance(one, click.Option) for one in command.params)
