"""`docs/reference/command-line.md`: every command of `titan` with its arguments and options."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Iterator, List

import click

PATH = Path("docs") / "reference" / "command-line.md"
_BANNER = "generated from titan/cli by scripts/generate; do not edit"
_OPENING = """# Command line

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

    parts = [f"<!-- {_BANNER} -->\n{_OPENING}"]
    with click.Context(titan, info_name="titan") as ctx:
        parts += _sections(titan, ctx)
    return "\n\n".join(parts) + "\n"


def _sections(group: click.Group, ctx: click.Context) -> Iterator[str]:
    """The sections about the commands of a group, and of the groups in it."""
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        if command is None or command.hidden:
            continue
        with click.Context(command, info_name=name, parent=ctx) as own:
            yield f"## {own.command_path}"
            if isinstance(command, click.Group):
                yield from _help(command)
                yield from _sections(command, own)
                continue
            yield f"```text\n{own.command_path} {' '.join(command.collect_usage_pieces(own))}\n```"
            yield from _help(command)
            yield from _options(command, own)


def _help(command: click.Command) -> Iterator[str]:
    """The paragraphs of a command's help; what stands in columns there stays so."""
    for paragraph in re.split(r"\n\s*\n", (command.help or "").strip()):
        lines = [line.strip() for line in paragraph.splitlines()]
        if lines[0] == "\b":
            yield "\n".join(["```text", *lines[1:], "```"])
        else:
            yield _escape(" ".join(lines))


def _options(command: click.Command, ctx: click.Context) -> Iterator[str]:
    rows: List[str] = []
    for parameter in command.params:
        record = parameter.get_help_record(ctx)
        if record is not None and isinstance(parameter, click.Option):
            rows.append(f"| `{record[0].replace('|', chr(92) + '|')}` | {_escape(record[1])} |")
    if rows:
        yield "\n".join(["| Option | Means |", "| --- | --- |", *rows])


def _escape(text: str) -> str:
    """Text as it may stand in a table, in which options are code."""
    text = " ".join(text.split()).replace("|", "\\|").replace("<", "\\<")
    return re.sub(r"(?<![\w`-])(--[a-z-]+[a-z]|titan (?:[a-z]+|NAME))(?![\w`])", r"`\1`", text)
