"""`docs/reference/command-line.md`: every command of `titan` with its arguments and options."""

from __future__ import annotations

import re
from typing import Iterator

import click

from .markdown import FOLDER, code, page, table

PATH = FOLDER / "command-line.md"
_OPENING = """\
The extra `cli` ([install](../install.md)) brings the program `titan`; `python -m titan.cli` is the same. It
takes the address of your Titan from the environment variable `TITAN_BASE_URL`, and the server API key from
`TITAN_API_KEY`; at a terminal it asks for what is missing. No secret of your Titan is ever an argument, and
none is shown: only a client token, which is minted to be shown.

```sh
export TITAN_BASE_URL=https://api.example.com
read -rs TITAN_API_KEY && export TITAN_API_KEY
titan pair my-session
titan send my-session "+55 11 99999-9999" "Hello!"
```

| Exit status | Means |
| --- | --- |
| 0 | Done. |
| 1 | Failed: it was not carried out, or something is wrong. |
| 2 | Wrong usage: nothing was sent. |
| 3 | Unclear: it may have been carried out. stderr says where to look before you do it again. |
| 130, 143 | Interrupted by Ctrl-C, or by SIGTERM. `listen` and `sandbox` run until then, and end with 0. |

Results go to stdout, everything else to stderr. At a terminal, lists are tables; in a pipe, each row is a
line with tabs and without headings. `--json` prints what `to_dict()` gives, and a list for lists. `NO_COLOR`
turns colours off, and a terminal without Unicode gets ASCII."""


def write_command_line_page() -> str:
    """`docs/reference/command-line.md`."""
    from titan.cli.app import titan

    with click.Context(titan, info_name="titan") as ctx:
        return page("Command line", "titan/cli", [_OPENING, *_sections(titan, ctx)])


def _sections(group: click.Group, ctx: click.Context) -> Iterator[str]:
    """The sections about the commands of a group, and of the groups in it."""
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        if command is None or command.hidden:
            continue
        with click.Context(command, info_name=name, parent=ctx) as own:
            yield f"## {own.command_path}"
            yield code("text", f"{own.command_path} {' '.join(command.collect_usage_pieces(own))}")
            yield from _help(command)
            yield _options(command, own)
            if isinstance(command, click.Group):
                yield from _sections(command, own)


def _help(command: click.Command) -> Iterator[str]:
    """The paragraphs of a command's help; what stands in columns there stays so."""
    for paragraph in re.split(r"\n\s*\n", (command.help or "").strip()):
        lines = [line.strip() for line in paragraph.splitlines()]
        if lines[0] == "\b":
            yield code("text", "\n".join(lines[1:]))
        else:
            yield _escape(" ".join(lines))


def _options(command: click.Command, ctx: click.Context) -> str:
    """The table of a command's options; empty where it has none."""
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    records = [record for record in (option.get_help_record(ctx) for option in options) if record is not None]
    return table(
        ("Option", "Means"), [(f"`{how}`".replace("|", "\\|"), _escape(about)) for how, about in records]
    )


def _escape(text: str) -> str:
    """Text as it may stand in a table, in which options are code."""
    text = " ".join(text.split()).replace("|", "\\|").replace("<", "\\<")
    return re.sub(r"(?<![\w`-])(--[a-z-]+[a-z]|titan (?:outbox [a-z]+|[a-z]+|NAME))(?![\w`])", r"`\1`", text)
