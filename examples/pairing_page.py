"""Let your customers connect their WhatsApp on a page of your own: by QR code, or by a code for the phone.

    python examples/pairing_page.py
    TITAN_BASE_URL=... TITAN_API_KEY=... python examples/pairing_page.py

Open http://127.0.0.1:8000 (PORT). The first line runs it on a local Titan, whose phone scans the code after
20 seconds. Needs the extra `sandbox`, or else `starlette`, `uvicorn` and `segno`.

Each visitor has a session of its own, known by a cookie: put your login in its place, and name the session
after your customer. A QR code links who scans it, so no visitor ever gets that of another.
"""

import contextlib
import os
import re
import secrets
from typing import Dict, Optional

import segno
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from titan import ConflictError, NotFoundError, TitanClient, TitanError, jid
from titan.types_gen import SessionStatus

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Connect WhatsApp</title>
<link rel="icon" href="data:,">
<style>
  body { font: 1rem/1.5 system-ui; max-width: 24rem; margin: 2rem auto; padding: 0 1rem }
  img { width: 100%; image-rendering: pixelated }
</style>
<h1>Connect WhatsApp</h1>
<p id="status" role="status"></p>
<button id="connect" hidden>Connect</button>
<div id="pairing" hidden>
  <p>On your phone, open WhatsApp, <b>Linked devices</b>, <b>Link a device</b>, and scan:</p>
  <img id="qr" alt="QR code">
  <form id="form">
    <label for="phone">Or link by phone number:</label>
    <input id="phone" type="tel" placeholder="+55 11 99999-9999" required>
    <button>Get a code</button>
    <p id="code" role="status"></p>
  </form>
</div>
<script>
const TEXTS = {
  NEW: "Your WhatsApp is not connected.",
  QR_TIMEOUT: "Nobody scanned the code in time.",
  LOGGED_OUT: "It was logged out on the phone.",
  DISCONNECTED: "Your WhatsApp is not connected.",
  CONNECTING: "Waiting for your phone…",
  CONNECTED: "Connected:",
};
const part = (id) => document.getElementById(id);

async function ask(path, body) {
  const headers = { "Content-Type": "application/json" };
  const options = body && { method: "POST", headers, body: JSON.stringify(body) };
  const answer = await fetch(path, options);
  const result = await answer.json().catch(() => ({})); // of a proxy, it is a page
  if (!answer.ok) throw new Error(result.problem || `This server answered ${answer.status}.`);
  return result;
}

function show({ status, reason, qr, phoneNumber }) {
  part("status").textContent = [TEXTS[reason] || TEXTS[status] || status, phoneNumber].join(" ");
  part("connect").hidden = status === "CONNECTING" || status === "CONNECTED";
  part("pairing").hidden = !qr;
  if (qr && part("qr").src !== qr) part("qr").src = qr;
  if (!qr) part("code").textContent = "";
  return status === "CONNECTED";
}

async function follow() {
  try {
    if (show(await ask("state"))) return;
  } catch (error) {
    part("status").textContent = `${error.message} Trying again…`;
  }
  setTimeout(follow, 2000);
}

part("connect").onclick = async () => {
  part("connect").hidden = true;
  try {
    show(await ask("connect", {}));
  } catch (error) {
    part("status").textContent = error.message;
  }
};
part("form").onsubmit = async (event) => {
  event.preventDefault();
  try {
    const { code } = await ask("code", { phoneNumber: part("phone").value });
    part("code").textContent = `Type this on your phone: ${code}`;
  } catch (error) {
    part("code").textContent = error.message;
  }
};
follow();
</script>
"""


class PairingPage:
    def __init__(self, client: TitanClient) -> None:
        self._client = client
        self.app = Starlette(
            routes=[
                Route("/", self.show_page),
                Route("/state", self.show_state),
                Route("/connect", self.connect, methods=["POST"]),
                Route("/code", self.make_code, methods=["POST"]),
            ],
            exception_handlers={TitanError: self.tell_failure, HTTPException: self.tell_problem},
        )

    def show_page(self, request: Request) -> Response:
        page = HTMLResponse(PAGE, headers={"Content-Security-Policy": "frame-ancestors 'none'"})
        if find_session(request) is None:
            is_https = request.url.scheme == "https"
            page.set_cookie(
                "visitor", secrets.token_hex(16), httponly=True, samesite="strict", secure=is_https
            )
        return page

    # Plain functions run in a thread: they may block, as the client does.
    def show_state(self, request: Request) -> Response:
        return self._state(session_of(request))

    def connect(self, request: Request) -> Response:
        name = session_of(request)
        try:
            self._client.sessions.create({"name": name, "start": True})
        except ConflictError:  # there is one: of an earlier visit, or whose code nobody scanned
            self._client.sessions.start(name)
        return self._state(name)

    async def make_code(self, request: Request) -> Response:
        name = session_of(request)
        try:
            number = "+" + jid.user((await request.json())["phoneNumber"]).partition("@")[0]
        except (ValueError, TypeError, KeyError, RecursionError):
            raise HTTPException(400, "Please give the number with + and country code.") from None
        code = await run_in_threadpool(self._client.pairing.code, name, {"phoneNumber": number})
        return answer({"code": code.code})

    def _state(self, name: str) -> Response:
        try:
            session = self._client.sessions.get(name)
        except NotFoundError:
            return answer({"status": "NEW"})
        shown: Dict[str, Optional[str]] = {"status": session.status, "reason": session.status_reason}
        if session.status == SessionStatus.CONNECTED:
            shown["phoneNumber"] = session.phone_number
        elif session.status == SessionStatus.CONNECTING:
            with contextlib.suppress(NotFoundError, ConflictError):  # not there yet, or not any more
                shown["qr"] = draw(self._client.pairing.qr(name).qr)
        return answer(shown)

    def tell_failure(self, request: Request, error: Exception) -> Response:
        print(type(error).__name__, error)
        return answer({"problem": "WhatsApp cannot be reached."}, 502)

    def tell_problem(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return answer({"problem": error.detail}, error.status_code)


def draw(code: str) -> str:
    """A picture, as an address of its own; some Titans send one, others the text to draw."""
    if code.startswith("data:image/"):
        return code
    return segno.make(code, micro=False).png_data_uri(scale=6, border=4)


def find_session(request: Request) -> Optional[str]:
    visitor = request.cookies.get("visitor", "")
    return f"visitor-{visitor}" if re.fullmatch("[0-9a-f]{32}", visitor) else None


def session_of(request: Request) -> str:
    name = find_session(request)
    if name is None:
        raise HTTPException(403, "Please allow cookies, and open the page again.")
    return name


def answer(value: Dict[str, Optional[str]], status: int = 200) -> Response:
    return JSONResponse(value, status, headers={"Cache-Control": "no-store"})


def main() -> None:
    port = int(os.environ.get("PORT", "8000"))
    with contextlib.ExitStack() as stack:
        if "TITAN_BASE_URL" in os.environ:
            client = stack.enter_context(TitanClient())
        else:
            from titan.sandbox import Sandbox

            titan = stack.enter_context(Sandbox(scan_after=20, qr_seconds=8))
            client = stack.enter_context(TitanClient(titan.base_url, titan.api_key))
            print("The phone is at", titan.base_url)
        print(f"Open http://127.0.0.1:{port}")
        uvicorn.run(PairingPage(client).app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main()
