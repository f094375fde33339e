"""`titan completion`."""

from __future__ import annotations

import os

import click
from click.shell_completion import get_completion_class

from ..output import show

_SHELLS = ("bash", "fish", "zsh")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS), required=False)
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print what lets your shell complete commands and options; without SHELL, for that of $SHELL.

    \b
    bash   eval "$(titan completion bash)"     in ~/.bashrc
    zsh    eval "$(titan completion zsh)"      in ~/.zshrc
    fish   titan completion fish | source      in ~/.config/fish/config.fish
    """  # noqa: D301 - click looks for this character
    name = shell or os.path.basename(os.environ.get("SHELL", ""))
    kind = get_completion_class(name)
    if kind is None:
        raise click.UsageError(f"name your shell: {', '.join(_SHELLS)}")
    show(kind(ctx.find_root().command, {}, "titan", "_TITAN_COMPLETE").source().rstrip("\n"))
