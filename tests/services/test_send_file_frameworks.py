"""`messages.send_file` and the file objects that people have: uploads of frameworks, answers of servers."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import email.message
import io
import json
import logging
import mmap
import os
import sys
import tempfile
import threading
import types
import urllib.request
import warnings
import zipfile
from pathlib import Path

import django.conf
import django.core.files.uploadedfile as django_files
import pytest
import starlette.datastructures
import werkzeug.datastructures
import werkzeug.test

from tests.support.fake_server import FakeServer, json_response
from tests.support.files import CHAT, CHUNK, SENT, sent_by
from tests.support.loopback import http, serving

if not django.conf.settings.configured:
    django.conf.settings.configure()

DATA = os.urandom(1000)


def flask_upload(filename="cat.png", content_type=None, data=DATA):
    return werkzeug.datastructures.FileStorage(
        io.BytesIO(data), filename=filename, name="upload", content_type=content_type
    )


def django_upload(name="cat.png", content_type="image/png"):
    return django_files.SimpleUploadedFile(name, DATA, content_type)


def large_django_upload(name="cat.png", content_type="image/png"):
    file = django_files.TemporaryUploadedFile(name, content_type, len(DATA), None)
    file.write(DATA)
    file.seek(0)
    return file


def sent_parts(fake):
    sent = sent_by(fake)
    assert base64.b64decode(sent["base64"], validate=True) == DATA
    return sent["type"], sent.get("filename")


# --- uploads


@pytest.mark.parametrize("make", [flask_upload, django_upload, large_django_upload])
@pytest.mark.parametrize(
    ("name", "content_type", "expected"),
    [
        ("cat.png", "image/png", ("image", None)),
        ("cat.png", "application/octet-stream", ("image", None)),
        ("cat", "image/jpeg", ("image", None)),
        ("film.bin", "video/mp4", ("video", None)),
        ("note.ogg", "audio/ogg; codecs=opus", ("voice", None)),
        ("report.pdf", "application/pdf", ("file", "report.pdf")),
        ("relatório.pdf", "", ("file", "relatório.pdf")),
        ("clip.mov", "video/quicktime", ("file", "clip.mov")),
    ],
)
def test_an_upload_goes_under_its_own_name_and_type(messages, make, name, content_type, expected):
    service, fake = messages
    with contextlib.closing(make(name, content_type)) as upload:
        service.send_file("s", CHAT, upload)
    assert sent_parts(fake) == expected


def test_a_form_that_a_browser_sent_to_flask_is_passed_on(messages):
    service, fake = messages
    builder = werkzeug.test.EnvironBuilder(
        method="POST", data={"upload": (io.BytesIO(os.urandom(700_000)), "notes.txt", "text/plain")}
    )
    request = builder.get_request()
    with contextlib.closing(builder), contextlib.closing(request.environ["wsgi.input"]), request:
        upload = request.files["upload"]
        upload.stream.read(100)
        service.send_file("s", CHAT, upload)
    assert sent_by(fake)["filename"] == "notes.txt"
    assert len(base64.b64decode(sent_by(fake)["base64"])) == 699_900


def test_the_whole_path_that_an_old_browser_sends_is_cut_to_the_name(messages):
    service, fake = messages
    service.send_file("s", CHAT, flask_upload("C:\\Users\\Ana\\report.pdf"))
    assert sent_parts(fake) == ("file", "report.pdf")


@pytest.mark.parametrize("filename", [None, ""])
def test_an_upload_without_a_name_does_not_go_under_that_of_its_form_field(messages, filename):
    service, fake = messages
    service.send_file("s", CHAT, flask_upload(filename))
    assert sent_parts(fake) == ("file", "file")


def test_what_the_caller_says_of_an_upload_counts_more(messages):
    service, fake = messages
    service.send_file(
        "s", CHAT, flask_upload("cat.png", "image/png"), filename="a.bin", mime_type="application/pdf"
    )
    assert sent_parts(fake) == ("file", "a.bin")


def starlette_upload():
    return starlette.datastructures.UploadFile(
        io.BytesIO(DATA),
        filename="cat.png",
        headers=starlette.datastructures.Headers({"content-type": "image/png"}),
    )


class AsyncFile:
    """As of aiofiles: all of it is async, and there is no file in it."""

    async def read(self, size=-1):
        raise AssertionError


class WrappedAsync:
    """Its `read` gives a coroutine, and does not look as if it did."""

    def __init__(self):
        self.file = io.BytesIO(DATA)

    def read(self, size=-1):
        return AsyncFile().read(size)


class FormField(types.SimpleNamespace):
    """As of aiohttp, Bottle and others: a file with what is said of it, which cannot be read itself."""


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (starlette_upload, r"async; pass `upload\.file`, with filename="),
        (WrappedAsync, r"async; pass `upload\.file`"),
        (AsyncFile, r"async; read it first"),
        (asyncio.StreamReader, r"async; read it first"),
        (lambda: FormField(name="upload", file=io.BytesIO(DATA)), r"not FormField; pass `upload\.file`"),
        (lambda: FormField(name="upload", stream=io.BytesIO(DATA)), r"not FormField; pass `upload\.stream`"),
    ],
    ids=["Starlette", "wrapped", "aiofiles", "asyncio", "aiohttp", "Falcon"],
)
def test_what_cannot_be_read_is_a_type_error_that_says_what_to_pass(messages, make, says):
    service, fake = messages

    async def send():
        with pytest.raises(TypeError, match=says):
            service.send_file("s", CHAT, make())

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        asyncio.run(send())
    assert fake.requests == []


def test_the_file_in_an_upload_of_fastapi_is_sent(messages):
    service, fake = messages
    upload = starlette_upload()
    service.send_file("s", CHAT, upload.file, filename=upload.filename, mime_type=upload.content_type)
    assert sent_parts(fake) == ("image", "cat.png")


# --- files of Python


@pytest.mark.parametrize(
    "make",
    [tempfile.TemporaryFile, tempfile.SpooledTemporaryFile, tempfile.NamedTemporaryFile],
    ids=lambda make: make.__name__,
)
@pytest.mark.parametrize("size", [10, CHUNK, 300_000])
def test_a_temporary_file_is_sent_again_identically(connect, clock, make, size):
    data = os.urandom(size)
    fake = FakeServer(json_response({}, 429), json_response(SENT, 201))
    with make() as file:
        file.write(b"before" + data)
        file.seek(6)
        connect(fake).messages.send_file("s", CHAT, file)
    assert [base64.b64decode(json.loads(one.content)["base64"]) for one in fake.requests] == [data] * 2


def test_a_file_in_an_archive_goes_under_its_own_name(messages, tmp_path):
    service, fake = messages
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/notes.txt", DATA)
        with archive.open("folder/notes.txt") as member:
            service.send_file("s", CHAT, member)
    assert sent_parts(fake) == ("file", "notes.txt")


def test_a_stream_with_a_name_goes_under_it(messages):
    service, fake = messages
    stream = io.BytesIO(DATA)
    stream.name = "notes.txt"
    service.send_file("s", CHAT, stream)
    assert sent_parts(fake) == ("file", "notes.txt")


def test_a_mapped_file_is_sent(messages, tmp_path):
    service, fake = messages
    path = tmp_path / "data"
    path.write_bytes(DATA)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        service.send_file("s", CHAT, mapped)
    assert sent_parts(fake) == ("file", "file")


@pytest.mark.parametrize("name", ["<stdin>", "<fdopen>", 5, b"notes.txt", None])
def test_what_is_no_name_is_not_taken_for_one(messages, name):
    service, fake = messages
    stream = io.BytesIO(DATA)
    stream.name = name
    service.send_file("s", CHAT, stream)
    assert sent_parts(fake) == ("file", "file")


def test_a_stream_that_stands_behind_its_end_is_empty(messages):
    service, fake = messages
    stream = io.BytesIO(b"data")
    stream.seek(100)
    service.send_file("s", CHAT, stream)
    assert sent_by(fake)["base64"] == ""


# --- answers of servers


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Content-Type": "image/png"}, ("image", None)),
        ({"Content-Type": "application/pdf"}, ("file", "file")),
        ({"Content-Disposition": 'attachment; filename="a.jpg"'}, ("image", None)),
        ({"Content-Disposition": 'attachment; filename="a/b.pdf"'}, ("file", "b.pdf")),
        ({"Content-Disposition": "attachment; filename*=UTF-8''rel%C3%B3.pdf"}, ("file", "reló.pdf")),
        ({}, ("file", "file")),
    ],
    ids=str,
)
def test_an_answer_of_a_server_goes_as_its_headers_say(messages, headers, expected):
    service, fake = messages
    with serving(lambda request: http(200, DATA, headers)) as running:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{running.url}/secret-token.png", timeout=10) as answer:
            service.send_file("s", CHAT, answer)
    assert sent_parts(fake) == expected


def test_a_file_by_url_has_the_type_of_its_headers(messages, tmp_path):
    service, fake = messages
    path = tmp_path / "cat.png"
    path.write_bytes(DATA)
    with urllib.request.urlopen(path.as_uri()) as answer:
        service.send_file("s", CHAT, answer)
    assert sent_parts(fake) == ("image", None)


def test_headers_of_another_kind_are_no_obstacle(messages):
    service, fake = messages
    for headers in (None, {"Content-Type": 5}, [("Content-Type", "image/png")], email.message.Message()):
        stream = io.BytesIO(DATA)
        stream.headers = headers
        service.send_file("s", CHAT, stream)
    assert len(fake.requests) == 4


# --- paths that are no plain files


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no FIFOs")
@pytest.mark.parametrize("size", [0, 10, 300_000])
def test_a_fifo_is_sent_whole_and_once(connect, clock, tmp_path, size):
    path, data = tmp_path / "photo.png", os.urandom(size)
    os.mkfifo(path)
    writing = threading.Thread(target=path.write_bytes, args=(data,), daemon=True)
    writing.start()
    fake = FakeServer(json_response({}, 429))
    with pytest.raises(Exception, match="429"):
        connect(fake).messages.send_file("s", CHAT, path)
    writing.join(10)
    assert base64.b64decode(sent_by(fake)["base64"]) == data
    assert sent_by(fake)["type"] == "image"


SYSTEM_FILES = ["/proc/self/status", "/proc/cpuinfo", "/sys/kernel/mm/transparent_hugepage/enabled"]


@pytest.mark.parametrize("opened", [False, True], ids=["path", "stream"])
@pytest.mark.parametrize("path", SYSTEM_FILES)
def test_a_file_of_the_system_that_lies_about_its_size_is_sent_whole(messages, path, opened):
    if not os.path.exists(path):
        pytest.skip("this system has no such file")
    service, fake = messages
    if opened:
        with open(path, "rb") as file:
            service.send_file("s", CHAT, file)
    else:
        service.send_file("s", CHAT, path)
    sent = base64.b64decode(sent_by(fake)["base64"])
    assert sent.partition(b":")[0] == Path(path).read_bytes().partition(b":")[0]
    assert sent_by(fake)["filename"] == os.path.basename(path)


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="Windows has no such device")
def test_an_endless_device_is_refused(messages):
    service, fake = messages
    with pytest.raises(ValueError, match="at most"):
        service.send_file("s", CHAT, "/dev/zero")
    assert fake.requests == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows says PermissionError")
def test_a_folder_is_an_error(messages, tmp_path):
    service, fake = messages
    for folder in (tmp_path, str(tmp_path), "/proc/self" if os.path.isdir("/proc/self") else "/"):
        with pytest.raises(IsADirectoryError):
            service.send_file("s", CHAT, folder)
    assert fake.requests == []


# --- names that cannot be sent

NOT_UTF8 = os.fsdecode(b"r\xe9sum\xe9.pdf") if sys.platform != "win32" else "r\udce9sum\udce9.pdf"


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are UTF-8 there")
def test_a_name_that_is_not_utf8_is_refused_and_says_what_to_pass(messages, tmp_path):
    service, fake = messages
    path = tmp_path / NOT_UTF8
    path.write_bytes(DATA)
    stream = io.BytesIO(DATA)
    stream.name = str(path)
    with path.open("rb") as opened:
        for file in (path, str(path), opened, stream, flask_upload(NOT_UTF8)):
            with pytest.raises(ValueError, match="filename="):
                service.send_file("s", CHAT, file)
        assert fake.requests == []
        service.send_file("s", CHAT, opened, filename="resumo.pdf")
    assert sent_parts(fake) == ("file", "resumo.pdf")


def test_a_name_that_is_not_utf8_does_not_matter_where_no_name_is_sent(messages):
    service, fake = messages
    service.send_file("s", CHAT, flask_upload(NOT_UTF8.replace(".pdf", ".png")))
    assert sent_parts(fake) == ("image", None)


# --- media that go as documents


@pytest.mark.parametrize(
    "name",
    ["a.m4a", "a.wav", "a.aac", "a.MOV", "a.heic", "a.gif", "a.webm", "a.flac", "a.mkv", "a.avif"],
)
def test_media_that_titan_does_not_show_go_as_file_and_the_log_says_so(messages, caplog, name):
    service, fake = messages
    caplog.set_level(logging.INFO, "titan")
    service.send_file("s", CHAT, flask_upload(name))
    assert sent_parts(fake) == ("file", name)
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("titan", "INFO")
    assert name not in record.getMessage()


@pytest.mark.parametrize("content_type", ["audio/mp4", "video/quicktime", "image/heic", "AUDIO/X-WAV"])
def test_a_mime_type_of_such_media_is_logged_too(messages, caplog, content_type):
    service, fake = messages
    caplog.set_level(logging.INFO, "titan")
    service.send_file("s", CHAT, flask_upload("a", content_type))
    assert sent_parts(fake) == ("file", "a")
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("name", "options"), [("a.pdf", {}), ("a.wav", {"type": "file"}), ("a.mp3", {}), ("a.jpg", {})]
)
def test_nothing_is_logged_of_what_goes_as_it_is_meant(messages, caplog, name, options):
    service, _ = messages
    caplog.set_level(logging.INFO, "titan")
    service.send_file("s", CHAT, flask_upload(name), **options)
    assert caplog.records == []


def test_errors_of_an_upload_pass_through(messages):
    service, fake = messages
    closed = flask_upload()
    closed.close()
    with pytest.raises(ValueError, match="closed"):
        service.send_file("s", CHAT, closed)
    assert fake.requests == []
