"""Bodies of responses in pieces: decompressed, bounded, and refused where a part came for the whole."""

from __future__ import annotations

import zlib
from typing import Any, Iterator, List, Optional, Tuple, Type

import httpx

from .._interruptions import raise_if_interrupted

# What one step of decompression gives at most: a body of a megabyte can stand for gigabytes.
_PIECE = 64 * 1024
_MOST_CODINGS = 5


class UnreadableBodyError(Exception):
    """The body of a response cannot be had as the server meant it; the text says why."""


class LongBodyError(UnreadableBodyError):
    """The body of a response is longer than the limit."""


def chunks_of(response: httpx.Response, *, is_own: bool) -> Iterator[bytes]:
    """The body of a response, decompressed, in pieces of bounded size.

    Args:
        response: The response; not read, unless a hook of the user's client did.
        is_own: Whether it came over connections of our own, whose stream is read directly.

    Raises:
        UnreadableBodyError: It is compressed in a way that was not asked for, or not to its end.
    """
    if response.is_stream_consumed:
        return iter((response.content,))
    raw: Iterator[bytes] = iter(response.stream) if is_own else response.iter_raw()  # type: ignore[arg-type]
    codings = response.headers.get("Content-Encoding")
    if codings is None:
        return raw
    applied = [one.strip().lower() for one in codings.split(",")]
    if len(applied) > _MOST_CODINGS:
        raise UnreadableBodyError("its body is compressed more often than anybody does")
    for coding in reversed(applied):
        if coding in ("gzip", "x-gzip"):
            raw = _decompress(raw, zlib.MAX_WBITS | 16)
        elif coding == "deflate":
            raw = _decompress(raw, None)
        elif coding not in ("identity", ""):
            raise UnreadableBodyError("its body is compressed in a way that was not asked for")
    return raw


def read_whole(chunks: Iterator[bytes], limit: int) -> bytes:
    """Join a body.

    Raises:
        LongBodyError: It is longer than the limit.
    """
    pieces: List[bytes] = []
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise LongBodyError(f"its body has more than {limit:,} bytes (max_response_bytes)")
        pieces.append(chunk)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def read_beginning(chunks: Iterator[bytes], limit: int, broken: Tuple[Type[Exception], ...]) -> bytes:
    """Join what can be had of the beginning of a body.

    Args:
        chunks: The body.
        limit: How many bytes to read at most.
        broken: What ends it early without being an error here.
    """
    pieces: List[bytes] = []
    left = limit
    try:
        for chunk in chunks:
            pieces.append(chunk[:left])
            left -= len(pieces[-1])
            if not left:
                break
    except broken as error:
        raise_if_interrupted(error)
    return b"".join(pieces)


def _decompress(chunks: Iterator[bytes], window: Optional[int]) -> Iterator[bytes]:
    """Decompress gzip, or deflate where no window is given: with or without the header of zlib."""
    decompressor: Any = None
    for chunk in chunks:
        waiting = chunk
        while waiting:
            # Behind the end there is padding, or the next member of a gzip file.
            if decompressor is None or decompressor.eof:
                waiting = waiting.lstrip(b"\0") if decompressor is not None else waiting
                if not waiting:
                    break
                decompressor = zlib.decompressobj(_window_of(waiting) if window is None else window)
            try:
                piece = decompressor.decompress(waiting, _PIECE)
            except zlib.error:
                raise UnreadableBodyError("its body cannot be decompressed") from None
            if piece:
                yield piece
            waiting = decompressor.unused_data if decompressor.eof else decompressor.unconsumed_tail
    while decompressor is not None and not decompressor.eof:
        piece = decompressor.decompress(b"", _PIECE)
        if not piece:
            raise UnreadableBodyError("its compressed body is cut off")
        yield piece


def _window_of(deflated: bytes) -> int:
    """What zlib calls the form of a body that is called deflate: most have the header of zlib, some not."""
    has_header = deflated[0] & 0x0F == 8 and deflated[0] >> 4 <= 7
    return zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS
