"""QR codes: from what Titan sends to dark and light modules, and from these to characters of a terminal."""

from __future__ import annotations

import base64
import binascii
import io
from typing import TYPE_CHECKING, Any, Iterable, Iterator, List

from .failures import CommandError
from .output import is_screen, uninterrupted

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.segment import Segment
    from typing_extensions import Self

    from ..types_gen import PairingQR

Modules = List[List[bool]]
"""The rows of a code, True where it is dark, with its margin."""

_PICTURE = "data:image/png;base64,"
_MARGIN = 2
# Along the edge of the pattern in each corner.
_FINDER = 7
_SIZES = range(21, 178, 4)


def read_code(text: str) -> Modules:
    """The modules of a code as Titan sends it: a text to draw, or a picture as data URI.

    Raises:
        CommandError: The picture is not that of a QR code.
    """
    modules = _read_picture(text) if text.startswith(_PICTURE) else _draw(text)
    width = len(modules) + 2 * _MARGIN
    light = [[False] * width for _ in range(_MARGIN)]
    side = [False] * _MARGIN
    return [*light, *([*side, *row, *side] for row in modules), *light]


def _draw(text: str) -> Modules:
    import segno

    try:
        code = segno.make(text, error="l", micro=False)
    except ValueError:  # there is nothing in it, or more than a code can hold
        raise _unreadable() from None
    return [[bool(module) for module in row] for row in code.matrix]


def _read_picture(uri: str) -> Modules:
    from PIL import Image, UnidentifiedImageError

    try:
        data = base64.b64decode(uri[len(_PICTURE) :], validate=True)
        with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
            seen = picture.convert("RGBA")
        # What is transparent is light.
        paper = Image.new("RGBA", seen.size, "white")
        dark = Image.alpha_composite(paper, seen).convert("L").point(_is_dark, mode="1")
    except (binascii.Error, UnidentifiedImageError, OSError, SyntaxError, ValueError):
        raise _unreadable() from None
    box = dark.getbbox()
    if box is None:
        raise _unreadable()
    left, top, right, bottom = box
    pixels: Any = dark.load()
    run = next((x for x in range(left, right) if not pixels[x, top]), right) - left
    count = round((right - left) * _FINDER / run) if run else 0
    if count not in _SIZES or abs((right - left) - (bottom - top)) > run / _FINDER:
        raise _unreadable()
    step = (right - left) / count
    middles = [int(step * (number + 0.5)) for number in range(count)]
    return [[bool(pixels[left + x, top + y]) for x in middles] for y in middles]


def _is_dark(level: int) -> int:
    return 255 if level < 128 else 0


def _unreadable() -> CommandError:
    return CommandError(
        "this Titan sent a QR code that cannot be drawn here",
        "Use a phone code: titan pair NAME --code PHONE",
    )


def draw_blocks(modules: Modules) -> List[str]:
    """Lines of characters with two rows of modules each."""
    below = [*modules[1::2], [False] * len(modules[0])]
    return [
        "".join(" ▄▀█"[2 * upper + lower] for upper, lower in zip(*rows)) for rows in zip(modules[::2], below)
    ]


class Drawing:
    """A code as rich renders it, or the words that the terminal is too small for it.

    With colours, dark is black and light is white. Without them light is what is drawn, since terminals
    without colours mostly write light on dark.

    Args:
        modules: The code.
    """

    def __init__(self, modules: Modules) -> None:
        self._modules = modules

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.segment import Segment
        from rich.text import Text

        count = len(self._modules)
        width, height = (2 * count, count) if options.ascii_only else (count, (count + 1) // 2)
        # A line stays for the words below the code, and one for the cursor.
        if console.is_terminal and (width > options.max_width or height + 2 > console.size.height):
            yield Text(f"The QR code needs {width} columns and {height + 2} lines: make the window larger.")
            return
        for line in self._lines(console, options):
            yield from line
            yield Segment.line()

    def _lines(self, console: Console, options: ConsoleOptions) -> Iterator[Iterable[Segment]]:
        from rich.segment import Segment
        from rich.style import Style

        has_colours = console.color_system is not None and not console.no_color
        drawn = self._modules if has_colours else [[not module for module in row] for row in self._modules]
        ink = Style(color="#000000", bgcolor="#ffffff") if has_colours else None
        if not options.ascii_only:
            yield from ([Segment(line, ink)] for line in draw_blocks(drawn))
        elif has_colours:
            black, white = Style(bgcolor="#000000"), Style(bgcolor="#ffffff")
            yield from ([Segment("  ", black if module else white) for module in row] for row in drawn)
        else:
            yield from ([Segment("".join("##" if module else "  " for module in row))] for row in drawn)


class CodeScreen:
    """Shows codes in one place of a terminal, a new one over the old; elsewhere one below the other.

    Args:
        console: Where to.
        words: What stands below the code.
    """

    def __init__(self, console: Console, words: str) -> None:
        from rich.live import Live

        self._console = console
        self._words = words
        # Redrawn now and then, since the window may have another size.
        self._live = Live(console=console, refresh_per_second=1, transient=True, vertical_overflow="visible")
        self._is_live = is_screen(console.file)  # type: ignore[arg-type]

    def __enter__(self) -> Self:
        if self._is_live:
            self._live.start()
        return self

    def __exit__(self, *_error: object) -> None:
        if self._is_live:
            with uninterrupted():
                self._live.stop()

    def show(self, code: PairingQR) -> None:
        """Show a code in the place of the one before.

        Raises:
            CommandError: It cannot be drawn.
        """
        from rich.console import Group
        from rich.text import Text

        picture = Group(Drawing(read_code(code.qr)), Text(self._words))
        if self._is_live:
            with uninterrupted():
                self._live.update(picture, refresh=True)
        else:
            self._console.print(picture)
