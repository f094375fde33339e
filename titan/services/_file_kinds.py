"""What a file is: its name and type in a message, and whether it can be a voice note."""

from __future__ import annotations

import logging
import ntpath
import os
from email.message import Message as Headers
from typing import Literal, Optional, Union

from .._http.files.upload import BinaryReader, Upload

File = Union[str, os.PathLike[str], BinaryReader]
"""A path or a binary stream."""

FileType = Literal["image", "video", "voice", "file", "sticker"]
"""What a file can be in a message."""

_logger = logging.getLogger("titan")

_TYPE_OF_MIME: dict[str, FileType] = {
    "image/jpeg": "image",
    "image/jpg": "image",
    "image/png": "image",
    "image/webp": "image",
    "video/mp4": "video",
    "audio/ogg": "voice",
    "audio/opus": "voice",
    "audio/mpeg": "voice",
    "audio/mp3": "voice",
}
_TYPE_OF_ENDING: dict[str, FileType] = {
    ".jpg": "image",
    ".jpeg": "image",
    ".png": "image",
    ".webp": "image",
    ".mp4": "video",
    ".ogg": "voice",
    ".oga": "voice",
    ".opus": "voice",
    ".mp3": "voice",
}
# They could be meant to be seen or heard in the chat, but Titan takes them as documents only.
_MEDIA_SENT_AS_FILE = frozenset(
    {
        *{".avif", ".bmp", ".gif", ".heic", ".heif", ".svg", ".tif", ".tiff"},
        *{".3gp", ".avi", ".m4v", ".mkv", ".mov", ".webm", ".wmv"},
        *{".aac", ".aif", ".aiff", ".amr", ".flac", ".m4a", ".wav", ".wma"},
    }
)
_IS_NO_UPLOAD = object()
# What browsers and servers say of what they do not know.
_SAYS_NOTHING = frozenset({"", "application/octet-stream", "binary/octet-stream"})


def name_of(file: File) -> str:
    """The file's own name, empty where it has none.

    For an upload of a web framework this is the name on the sender's computer; its `name` can be that of the
    form field.
    """
    if isinstance(file, (str, os.PathLike)):
        path = os.fspath(file)
        return os.path.basename(path) if isinstance(path, str) else ""
    uploaded_as: object = getattr(file, "filename", _IS_NO_UPLOAD)
    if uploaded_as is not _IS_NO_UPLOAD:
        # Some browsers sent the whole path, and from Windows.
        return ntpath.basename(_text(uploaded_as))
    name = _text(_name_in_headers(file) or getattr(file, "name", None))
    # `<stdin>` and `<urllib response>` are no names.
    return "" if name.startswith("<") and name.endswith(">") else os.path.basename(name)


def is_utf8(name: object) -> bool:
    """Whether a name can be sent: names in the file system can hold any bytes."""
    return not isinstance(name, str) or name == name.encode("utf-8", "replace").decode("utf-8")


def type_of(file: File, name: str, mime_type: Optional[str]) -> FileType:
    """The type that a file has in a message, from its MIME type, else from the end of its name."""
    ending = os.path.splitext(name)[1].lower()
    mime = _essence(mime_type)
    if mime_type is None:
        mime = _essence(getattr(file, "content_type", None)) or _essence(_header(file, "Content-Type"))
        mime = "" if mime in _SAYS_NOTHING else mime
    kind = _TYPE_OF_MIME.get(mime, "file") if mime else _TYPE_OF_ENDING.get(ending, "file")
    is_media = mime.startswith(("image/", "audio/", "video/")) if mime else ending in _MEDIA_SENT_AS_FILE
    if kind == "file" and is_media:
        _logger.info(
            "an image, video or sound goes as type 'file', as its format is not JPEG, PNG, WebP, MP4, OGG or "
            "MP3: convert it, or pass type='file' to say so"
        )
    return kind


def check_voice_note(upload: Upload) -> None:
    """Refuse what WhatsApp does not play as a voice note, by content.

    Raises:
        ValueError: It is neither OGG with Opus nor MP3.
    """
    start = upload.peek(0, 64)
    if start.startswith(b"ID3") and len(start) > 9:
        # A tag of notes and pictures; its size is in seven bits a byte.
        size = 10 + sum((byte & 0x7F) << 7 * place for place, byte in enumerate(reversed(start[6:10])))
        start = upload.peek(size, _MOST_PADDING)
        if start and not start.strip(b"\0"):
            return  # its padding is longer than what was looked at
        start = start.lstrip(b"\0")
    found = _format_of(start)
    del start  # error trackers report local variables, and the file is private
    if found is not None:
        raise ValueError(
            f"the file is {found}, and a voice note must be OGG with Opus, or MP3; convert it: "
            "ffmpeg -i INPUT -vn -ac 1 -c:a libopus -b:a 32k voice.ogg"
        )


_MOST_PADDING = 4096
_FORMATS = (
    (b"RIFF....WAVE", "WAV"),
    (b"RIFF....WEBP", "a picture (WebP)"),
    (b"....ftypM4A", "M4A"),
    (b"....ftypqt", "a QuickTime film"),
    (b"....ftyp3g", "3GP"),
    (b"....ftyp", "MP4 or M4A"),
    (b"fLaC", "FLAC"),
    (b"#!AMR", "AMR"),
    (b"FORM", "AIFF"),
    (b"caff", "CAF"),
    (b"\x1a\x45\xdf\xa3", "WebM or Matroska"),
    (b"\x30\x26\xb2\x75", "WMA"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"\x89PNG", "a picture (PNG)"),
)
_IN_OGG = (
    (b"\x01vorbis", "OGG with Vorbis"),
    (b"\x7fFLAC", "OGG with FLAC"),
    (b"Speex", "OGG with Speex"),
    (b"\x80theora", "an OGG film"),
)


def _format_of(start: bytes) -> Optional[str]:
    """What a file is by its first bytes; None for OGG with Opus and for MP3."""
    if not start:
        return "empty"
    if start.startswith(b"OggS"):
        segments = start[26] if len(start) > 26 else 0
        packet = start[27 + segments :]
        return None if packet.startswith(b"OpusHead") else _match(packet, _IN_OGG) or "OGG without Opus"
    return _match(start, _FORMATS) or _mpeg_format(start)


def _mpeg_format(start: bytes) -> Optional[str]:
    """The same for what can begin with the header of an MPEG audio frame."""
    if len(start) < 4 or start[0] != 0xFF or start[1] & 0xE0 != 0xE0:
        return "in a format that is not known here"
    version, layer = start[1] >> 3 & 3, start[1] >> 1 & 3
    if layer == 0 and version & 2:
        return "AAC"
    bit_rate, sample_rate = start[2] >> 4, start[2] >> 2 & 3
    if version == 1 or layer != 1 or bit_rate == 15 or sample_rate == 3:
        return "in a format that is not known here"
    return None


def _match(start: bytes, formats: tuple[tuple[bytes, str], ...]) -> Optional[str]:
    """The name of the first format whose bytes a file begins with; a dot stands for any byte."""
    for signature, name in formats:
        if len(start) >= len(signature) and all(
            wanted in (one, ord(".")) for wanted, one in zip(signature, start)
        ):
            return name
    return None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _header(file: object, name: str) -> str:
    """A header of what the file came with: an upload, or an answer of a server."""
    get = getattr(getattr(file, "headers", None), "get", None)
    return _text(get(name)) if callable(get) else ""


def _name_in_headers(file: object) -> str:
    headers = Headers()
    headers["Content-Disposition"] = _header(file, "Content-Disposition")
    return ntpath.basename(headers.get_filename() or "")


def _essence(mime_type: object) -> str:
    """A MIME type without its parameters."""
    return _text(mime_type).partition(";")[0].strip().lower()
