"""Keep the files of all messages: each once, whole or not at all, with what the event said beside it.

    python examples/media_archiver.py
    TITAN_BASE_URL=... TITAN_API_KEY=... python examples/media_archiver.py https://bot.example.com/titan

The first line shows it on a local Titan, and needs the extra `sandbox`. The second serves the address that it
is given, on its port 8000 (PORT), creates the webhook, and keeps the files in the folder `archive` (ARCHIVE).

Files leave WhatsApp's servers after about 14 days. So each is persisted first, on Titan's own storage: when
the disk here is full, or the download fails, nothing is lost yet, and Titan delivers the event again.
"""

import hashlib
import json
import mimetypes
import os
import re
import secrets
import sys
import tempfile
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Optional
from wsgiref.simple_server import WSGIServer, make_server

from titan import APIStatusError, NotFoundError, TitanClient, WebhookRouter
from titan.types_gen import MessageReceivedEvent

SESSION = os.environ.get("TITAN_SESSION", "default")


class Archiver:
    def __init__(self, client: TitanClient, secret: str, folder: Path) -> None:
        self._client, self._folder = client, folder
        self.router = WebhookRouter(secret)
        self.router.on("message.received")(self.keep)

    def keep(self, event: MessageReceivedEvent) -> None:
        media_id = event.payload.media_id
        if not media_id:
            return
        file = self._folder / file_name(event.session, media_id, event.payload.mime_type)
        described = file.with_name(f"{file.name}.json")
        if described.exists():
            return  # written last: the file is there, whole
        file.parent.mkdir(parents=True, exist_ok=True)
        self._persist(event.session, media_id)
        try:
            # In the file's place is nothing until all of it has come, and two at a time do no harm.
            size = self._client.media.download_to(event.session, media_id, file)
        except NotFoundError:
            print("Gone before it was kept:", file)  # to try again would not bring it back
            return
        write_whole(described, json.dumps(event.to_dict(), indent=2))
        print(f"Kept {file} ({size} bytes).")

    def _persist(self, session: str, media_id: str) -> None:
        try:
            self._client.media.persist(session, media_id)
        except APIStatusError as error:
            # A Titan without storage of its own refuses this; the download has its own say.
            print("Not persisted:", error)


def file_name(session: str, media_id: str, mime_type: Optional[str]) -> Path:
    """A path that a server cannot choose: no folder of its own, no ending but a known one."""
    ending = mimetypes.guess_extension((mime_type or "").partition(";")[0].strip()) or ".bin"
    return Path(safe(session), f"{safe(media_id)}{ending}")


def safe(name: str) -> str:
    # Lower case alone, since some disks take A and a for one; and Windows takes these for devices.
    if re.fullmatch(r"(?!(con|prn|aux|nul|com\d|lpt\d)$)[a-z0-9_-]{1,100}", name):
        return name
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()


def write_whole(file: Path, text: str) -> None:
    with tempfile.NamedTemporaryFile(
        "w", dir=file.parent, prefix=".part-", encoding="utf-8", delete=False
    ) as part:
        try:
            part.write(text)
            part.close()
            os.replace(part.name, file)
        except BaseException:
            part.close()
            os.unlink(part.name)  # or each attempt on a full disk would leave one
            raise


def subscribe(client: TitanClient, url: str) -> str:
    """Create the webhook, or give the one of an earlier start a new key; returns the key."""
    key = secrets.token_urlsafe(32)
    known = [one.id for one in client.webhooks.list() if one.url == url]
    if known:
        client.webhooks.update(known[0], {"hmacKey": key})
    else:
        client.webhooks.create(
            {
                "url": url,
                "session": SESSION,
                "events": ["message.received"],
                "hmacKey": key,
                # For a disk that is full over a weekend.
                "retries": {"attempts": 14, "delaySeconds": 30, "policy": "exponential"},
            }
        )
    return key


class Server(ThreadingMixIn, WSGIServer):
    """A long download holds up no other event."""

    daemon_threads = True


def rehearse() -> int:
    from titan.sandbox import Sandbox

    picture, letter = b"\xff\xd8\xff a picture", b"%PDF a letter"
    with tempfile.TemporaryDirectory() as folder, Sandbox() as titan:
        titan.connect(SESSION)
        with TitanClient(titan.base_url, titan.api_key, max_retries=0) as client:
            archiver = Archiver(client, "a-secret-of-yours", Path(folder))
            with titan.subscribe(archiver.router, events=["message.received"]):
                titan.receive(SESSION, "Look!", media=picture)
                print("The next download fails at first:")
                titan.fail("media.download", status=502)
                titan.receive(SESSION, media=letter, filename="../../letter.pdf")
                titan.wait_for_deliveries()
                titan.advance(15 * 24 * 3600)  # WhatsApp has no file any more, and Titan delivers again
                titan.wait_for_deliveries()
        kept = sorted(path.read_bytes() for path in Path(folder).glob("*/*") if path.suffix != ".json")
    print("All files are kept:", "yes" if kept == [letter, picture] else "no")
    return 0 if kept == [letter, picture] else 1


def main() -> int:
    if "TITAN_BASE_URL" not in os.environ:
        return rehearse()
    port = int(os.environ.get("PORT", "8000"))
    url = sys.argv[1] if len(sys.argv) > 1 else f"http://127.0.0.1:{port}/titan"
    with TitanClient() as client:
        archiver = Archiver(client, subscribe(client, url), Path(os.environ.get("ARCHIVE", "archive")))
        print("Waiting for messages to", url)
        make_server("127.0.0.1", port, archiver.router.wsgi_app(), Server).serve_forever()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
