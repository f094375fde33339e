"""Classes and functions that people wrote, from their source and docstrings to Markdown.

Nothing is imported: the code may stand beside generated code that is only about to change.
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Dict, Iterable, Iterator, List, Optional, Tuple, Union, cast

import griffe

from .markdown import cell, code, prose, table

Documented = Union[griffe.Class, griffe.Function, griffe.Attribute]
_LONGEST_LINE = 84


class Sources:
    """The modules of the package, read when they are first asked for.

    Args:
        root: The folder that holds the package.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._read: Dict[str, griffe.Module] = {}

    def has(self, name: str) -> bool:
        """Whether there is a module."""
        return self._file(name).exists()

    def module(self, name: str) -> griffe.Module:
        """A module by its name, such as `titan.errors`."""
        if name not in self._read:
            file = self._file(name)
            source = file.read_text(encoding="utf-8")
            self._read[name] = griffe.visit(name, filepath=file, code=source, docstring_parser="google")
        return self._read[name]

    def one(self, module: str, name: str) -> Documented:
        """A class, function or attribute of a module."""
        return cast(Documented, self.module(module)[name])

    def _file(self, name: str) -> Path:
        path = self._root.joinpath(*name.split("."))
        return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def public_members(cls: griffe.Class) -> Dict[str, Documented]:
    """What a class has for its users, in the order of the source."""
    return {
        name: cast(Documented, member)
        for name, member in cls.members.items()
        if not name.startswith("_") and not member.is_alias and member.has_docstring
    }


def summary_of(one: Documented) -> str:
    """The first sentence of a docstring."""
    text = one.docstring.value if one.docstring is not None else ""
    return re.sub(r"::$", ":", " ".join(text.split("\n\n")[0].split()))


def describe(one: Documented, shown_as: str) -> Iterator[str]:
    """Signature, text, arguments, result and errors.

    Args:
        one: The class, function or attribute.
        shown_as: How it is called, such as `client.messages.send_text`.
    """
    signature = _signature(one, shown_as)
    if signature:
        # Not `python`: this is no code to be run.
        yield code("py", signature)
    yield from text_and_sections(one)


def text_and_sections(one: Documented) -> Iterator[str]:
    """What a docstring says."""
    if one.docstring is None:
        return
    for section in griffe.parse_google(one.docstring, warnings=False):
        value = section.value
        if section.kind is griffe.DocstringSectionKind.text:
            yield from text_in(str(value))
        elif section.kind is griffe.DocstringSectionKind.parameters:
            yield table(("Argument", "Type", "Meaning"), [_argument(one, item) for item in value])
        elif section.kind in (griffe.DocstringSectionKind.returns, griffe.DocstringSectionKind.yields):
            word = "Returns" if section.kind is griffe.DocstringSectionKind.returns else "Gives"
            yield f"**{word}** " + " ".join(cell(item.description) for item in value)
        elif section.kind is griffe.DocstringSectionKind.attributes:
            rows = [(f"`.{item.name}`", cell(item.description)) for item in value]
            yield table(("Attribute", "Meaning"), rows)
        elif section.kind is griffe.DocstringSectionKind.raises:
            rows = [(f"`{item.annotation}`", cell(item.description)) for item in value]
            yield table(("Raises", "When"), rows)


def text_in(text: str) -> Iterator[str]:
    """Paragraphs, lists and blocks of code of a docstring."""
    for is_code, lines in _blocks(text):
        block = textwrap.dedent("\n".join(lines)).strip()
        if is_code:
            yield code(_language(block), block)
        elif re.match(r"[-*] ", block):
            yield "\n".join(
                f"- {cell(item)}" for item in re.split(r"^[-*] ", block, flags=re.MULTILINE) if item
            )
        elif block != "::":
            yield prose(re.sub(r"::$", ":", " ".join(block.split())))


def _blocks(text: str) -> Iterator[Tuple[bool, List[str]]]:
    """Pieces between empty lines, and whether they are code; empty lines inside of code stay."""
    pieces = [piece.splitlines() for piece in re.split(r"\n[ \t]*\n", text.strip("\n")) if piece.strip()]
    under_way: List[str] = []
    for piece in pieces:
        if all(line.startswith("    ") for line in piece):
            under_way += ["", *piece] if under_way else piece
            continue
        if under_way:
            yield True, under_way
            under_way = []
        yield False, piece
    if under_way:
        yield True, under_way


def _language(block: str) -> str:
    try:
        compile(block, "docstring", "exec")
    except SyntaxError:
        return "text"
    return "python"


def _argument(one: Documented, item: griffe.DocstringParameter) -> Tuple[str, str, str]:
    name = item.name
    parameter = _parameters(one).get(name.lstrip("*"))
    annotation = "" if parameter is None or parameter.annotation is None else f"`{_plain(parameter)}`"
    default = "" if parameter is None or parameter.default is None else str(parameter.default)
    is_plain = name.startswith("*") or default in ("", "None", "...")
    shown = f"`{name}`" if is_plain else f"`{name}={default}`"
    return shown, annotation.replace("|", "\\|"), cell(item.description)


def _plain(parameter: griffe.Parameter) -> str:
    return re.sub(r"\bOptional\[(.*)\]$", r"\1", str(parameter.annotation))


def _parameters(one: Documented) -> Dict[str, griffe.Parameter]:
    function: Optional[object] = one
    if isinstance(one, griffe.Class):
        function = one.members.get("__init__")
    if not isinstance(function, griffe.Function):
        return {}
    return {parameter.name: parameter for parameter in function.parameters if parameter.name != "self"}


def _signature(one: Documented, shown_as: str) -> str:
    if isinstance(one, griffe.Attribute):
        return ""
    if isinstance(one, griffe.Class) and "__init__" not in one.members:
        return ""
    arguments = list(_arguments(_parameters(one).values()))
    returns = ""
    if isinstance(one, griffe.Function) and one.returns is not None:
        returns = f" -> {one.returns}"
    line = f"{shown_as}({', '.join(arguments)}){returns}"
    if len(line) <= _LONGEST_LINE:
        return line
    inner = "".join(f"    {argument},\n" for argument in arguments)
    return f"{shown_as}(\n{inner}){returns}"


def _arguments(parameters: Iterable[griffe.Parameter]) -> Iterator[str]:
    starred = positional_only = False
    for one in parameters:
        kind = one.kind
        if positional_only and kind is not griffe.ParameterKind.positional_only:
            yield "/"
        positional_only = kind is griffe.ParameterKind.positional_only
        if kind is griffe.ParameterKind.keyword_only and not starred:
            yield "*"
            starred = True
        prefix = ""
        if kind is griffe.ParameterKind.var_positional:
            prefix = "*"
        elif kind is griffe.ParameterKind.var_keyword:
            prefix = "**"
        starred = starred or prefix == "*"
        shown = f"{prefix}{one.name}"
        if one.annotation is not None:
            shown += f": {one.annotation}"
        if one.default is not None and not prefix:
            shown += f" = {one.default}" if one.annotation is not None else f"={one.default}"
        yield shown
    if positional_only:
        yield "/"
