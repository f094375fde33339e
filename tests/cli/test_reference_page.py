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


def commands_of(group, prefix=""):
    """Every command by its name, with those of groups."""
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        yield f"{prefix}{name}", command
        if isinstance(command, click.Group):
            yield from commands_of(command, f"{prefix}{name} ")


ALL = dict(commands_of(titan))


def test_the_page_has_a_section_for_each_command_and_no_other():
    assert list(SECTIONS) == list(ALL)
    assert set(COMMANDS) < set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_a_section_has_each_option_and_argument(name):
    section = SECTIONS[name]
    shown = [one for one in ALL[name].params if not getattr(one, "hidden", False)]
    for parameter in shown:
        if isinstance(parameter, click.Option):
            assert f"| `{parameter.opts[0]}" in section
        else:
            assert parameter.human_readable_name in section
    assert section.count("| `--") == sum(isinstance(one, click.Option) for one in shown)
