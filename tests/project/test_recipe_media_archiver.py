"""The recipe that keeps the files of messages: each once, whole or not at all, in its own folder."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.examples import EXAMPLES, encoded, received, run_example, running
from tests.support.loopback import http, http_json, serving
from titan import TitanClient, sign_webhook

SECRET = "a secret of the test"
PICTURE = b"\xff\xd8\xff a picture"


@pytest.fixture
def recipe(load):
    return load("media_archiver")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "archive"


@pytest.fixture
def archiver(recipe, titan, folder):
    with TitanClient(titan.base_url, titan.api_key, max_retries=0) as client:
        archiver = recipe.Archiver(client, SECRET, folder)
        with titan.subscribe(archiver.router, events=["message.received"]):
            yield archiver


@pytest.fixture
def receive(titan):
    """Let a file come in; gives its id."""

    def receive(media=PICTURE, **options):
        message = titan.receive("default", media=media, **options)
        titan.wait_for_deliveries()
        return message["media"]["id"]

    return receive


@pytest.fixture
def deliver_again(titan):
    """Some time later."""

    def deliver_again():
        titan.advance(3600)
        titan.wait_for_deliveries()

    return deliver_again


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_program_shows_itself_on_a_local_titan(tmp_path):
    done = run_example("media_archiver", tmp_path)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("Kept ") == 2
    assert done.stdout.endswith("All files are kept: yes\n")
    assert files(tmp_path) == []


def test_program_keeps_the_files_of_the_webhook_that_it_creates(titan, tmp_path):
    command = [sys.executable, str(EXAMPLES / "media_archiver.py")]
    variables = {"TITAN_BASE_URL": titan.base_url, "TITAN_API_KEY": titan.api_key}
    with running(lambda port: command, tmp_path, **variables):
        media_id = titan.receive("default", "Look!", media=PICTURE)["media"]["id"]
        titan.receive("default", "no file")
        titan.wait_for_deliveries()
    kept = tmp_path / "archive" / "default"
    assert files(kept) == [f"{media_id}.jpg", f"{media_id}.jpg.json"]
    assert (kept / f"{media_id}.jpg").read_bytes() == PICTURE
    described = json.loads((kept / f"{media_id}.jpg.json").read_text(encoding="utf-8"))
    assert (described["event"], described["payload"]["text"]) == ("message.received", "Look!")


def test_file_is_persisted_and_still_there_when_whatsapp_has_it_no_more(
    titan, archiver, folder, receive, deliver_again
):
    titan.fail("media.download", status=502)
    media_id = receive()
    assert files(folder) == []
    titan.advance(15 * 24 * 3600)
    titan.wait_for_deliveries()
    assert (folder / "default" / f"{media_id}.jpg").read_bytes() == PICTURE


def test_file_is_kept_where_titan_cannot_persist(titan, archiver, folder, receive):
    titan.fail("media.persist", status=501)
    media_id = receive()
    assert (folder / "default" / f"{media_id}.jpg").read_bytes() == PICTURE


def test_file_that_comes_again_is_not_fetched_again(titan, archiver, folder, receive):
    media_id = receive()
    kept = folder / "default" / f"{media_id}.jpg"
    kept.write_bytes(b"as it was")
    for as_new_event in (False, True):
        delivery = next(one for one in titan.deliveries if one["event"] == "message.received")
        titan.redeliver(delivery["id"], as_new_event=as_new_event)
        titan.wait_for_deliveries()
    assert titan.deliveries[-1]["attempts"][-1]["status"] == 200
    assert kept.read_bytes() == b"as it was"


def test_file_that_comes_several_times_at_once_is_whole(titan, archiver, folder):
    media_id = titan.receive("default", media=PICTURE, sender="+5511977776666")["media"]["id"]
    fields = {"mediaId": media_id, "mimeType": "image/jpeg", "secret": SECRET}
    events = [titan.event("message.received", **fields) for _ in range(6)]
    with ThreadPoolExecutor(6) as threads:
        [*threads.map(lambda event: archiver.router.handle(*event), events)]
    titan.wait_for_deliveries()
    assert files(folder / "default") == [f"{media_id}.jpg", f"{media_id}.jpg.json"]
    assert (folder / "default" / f"{media_id}.jpg").read_bytes() == PICTURE


@pytest.mark.parametrize(
    "fault", [{"body": "truncated"}, {"cut": "after"}, {"status": 500}, {"body": "html"}]
)
def test_of_a_download_that_fails_nothing_is_kept_until_it_comes_again(
    titan, archiver, folder, receive, deliver_again, fault
):
    titan.fail("media.persist", status=501)  # or it would be fetched from elsewhere
    titan.fail("media.download", **fault)
    media_id = receive()
    assert files(folder) == []
    deliver_again()
    assert files(folder / "default") == [f"{media_id}.jpg", f"{media_id}.jpg.json"]
    assert (folder / "default" / f"{media_id}.jpg").read_bytes() == PICTURE


def test_file_that_was_kept_without_its_description_is_kept_again(titan, archiver, folder, receive):
    media_id = receive()
    described = folder / "default" / f"{media_id}.jpg.json"
    described.unlink()
    titan.redeliver(titan.deliveries[-1]["id"])
    titan.wait_for_deliveries()
    assert described.exists()


def test_file_is_kept_once_the_disk_takes_it(archiver, folder, receive, deliver_again):
    folder.write_text("something in the way")
    media_id = receive()
    folder.unlink()
    deliver_again()
    assert (folder / "default" / f"{media_id}.jpg").read_bytes() == PICTURE


def test_file_that_is_gone_is_not_asked_for_again_and_again(titan, archiver, folder, capsys):
    event = titan.event("message.received", mediaId="med_gone", mimeType="image/jpeg", secret=SECRET)
    archiver.router.handle(*event)
    assert files(folder) == []
    assert "Gone before it was kept" in capsys.readouterr().out


@pytest.mark.parametrize("filename", ["../../letter.pdf", "/etc/passwd", "letter.pdf"])
def test_name_that_the_sender_chose_does_not_matter(archiver, folder, receive, filename):
    media_id = receive(b"%PDF a letter", filename=filename)
    assert files(folder) == [f"default/{media_id}.pdf", f"default/{media_id}.pdf.json"]


HOSTILE = [
    *(
        "../x",
        "..",
        ".",
        "/etc/x",
        "a/b",
        "a\\b",
        "C:x",
        "x:y",
        "\0",
        "\ud800",
        "x\n",
        "é",
        "",
        " ",
        "x.",
        "~",
    ),
    *("A", "a", "CON", "con", "lpt1", "x" * 5000, "-rf", "x\u202egnp"),
]


def test_paths_stay_in_their_folder_and_are_all_different(recipe, tmp_path):
    paths = [recipe.file_name(session, media_id, "image/png") for session in HOSTILE for media_id in HOSTILE]
    for path in paths:
        assert len(path.parts) == 2
        assert (tmp_path / path).resolve().parent.parent == tmp_path.resolve()
        assert max(map(len, path.parts)) < 200
        assert path.parts[0] not in ("con", "lpt1")
        assert path.name not in ("con.png", "lpt1.png")
    assert len({str(path).lower() for path in paths}) == len(HOSTILE) ** 2


@pytest.mark.parametrize(
    ("mime_type", "ending"),
    [
        ("image/jpeg", ".jpg"),
        ("audio/ogg; codecs=opus", ".og"),
        ("/../x", ".bin"),
        ("no/such-type", ".bin"),
        ("", ".bin"),
        (None, ".bin"),
    ],
)
def test_ending_is_a_known_one(recipe, mime_type, ending):
    assert recipe.file_name("default", "med_1", mime_type).suffix.startswith(ending)


def test_id_with_a_path_in_it_is_persisted_then_fetched_and_kept_in_the_folder(recipe, tmp_path):
    def answer(request):
        if request.target.endswith("/download"):
            return http(200, PICTURE, {"Content-Type": "image/jpeg"})
        return http_json({"data": {"id": "med_1"}})

    body = encoded(received(mediaId="/tmp/x/med_1", mimeType="image/jpeg"))
    with serving(answer) as server, TitanClient(server.url, "titan_" + "k" * 98) as client:
        router = recipe.Archiver(client, SECRET, tmp_path / "archive").router
        router.handle(body, sign_webhook(body, SECRET))
        asked = [request.target.rpartition("/")[2] for request in server.requests]
    assert asked == ["persist", "download"]
    (file, described) = files(tmp_path)
    assert Path(file).parent == Path("archive/my-session")
    assert (tmp_path / file).read_bytes() == PICTURE
    assert described == f"{file}.json"


def test_description_that_cannot_be_written_leaves_nothing_and_is_written_the_next_time(
    recipe, archiver, folder, receive, deliver_again, monkeypatch
):
    replace = recipe.os.replace

    def fail(*names):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(
        recipe.os, "replace", lambda *names: fail() if str(names[1]).endswith(".json") else replace(*names)
    )
    media_id = receive()
    deliver_again()
    assert files(folder) == [f"default/{media_id}.jpg"], "no parts of files pile up"
    monkeypatch.undo()
    deliver_again()
    assert files(folder) == [f"default/{media_id}.jpg", f"default/{media_id}.jpg.json"]
