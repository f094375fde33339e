"""A chat in a web page whose browser sends by itself, with a client token; your API key stays on the server.

    python examples/browser_chat.py
    TITAN_BASE_URL=... TITAN_API_KEY=... python examples/browser_chat.py "+55 11 98888-7777" https://chat.example.com

The first line runs it on a local Titan: write to Ana on http://127.0.0.1:8000 (PORT), and answer as Ana on
the page of that Titan. The second chats with that number, at the public address of this server, which is
also where Titan posts events to. Needs the extra `sandbox`, or else `starlette` and `uvicorn`.

A client token does what the rules of the session allow, to whomever its owner writes: put your login before
/token and /messages, and mint for the id of your user, by which Titan counts. Messages are kept in memory.
"""

import contextlib
import os
import re
import secrets
import sys
import threading
from typing import Dict, Union

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from titan import TitanClient, WebhookRouter
from titan.types_gen import MessageReceivedEvent, MessageSentEvent

SESSION = os.environ.get("TITAN_SESSION", "default")
ANA = "+55 11 98888-7777"
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Chat</title>
<link rel="icon" href="data:,">
<style>
  body { font: 1rem/1.5 system-ui; max-width: 30rem; margin: 1rem auto; padding: 0 1rem }
  ol { list-style: none; padding: 0 }
  li { border: 1px solid; border-radius: 0.5rem; margin: 0.5rem 4rem 0.5rem 0; padding: 0.25rem 0.75rem }
  li.mine { margin: 0.5rem 0 0.5rem 4rem; text-align: right }
  form { display: flex; gap: 0.5rem } input { flex: 1; font: inherit }
</style>
<h1>Chat</h1>
<ol id="messages" aria-live="polite"></ol>
<form id="form">
  <input id="text" aria-label="Message" autocomplete="off" required>
  <button>Send</button>
</form>
<p id="status" role="status"></p>
<script>
const part = (id) => document.getElementById(id);
const tell = (text) => { part("status").textContent = text; };
const UNCLEAR = "It is unclear whether this was sent: wait whether it appears before you send it again.";
let access;
let last = 0;

async function ask(path, method) {
  const answer = await fetch(path, { method });
  if (!answer.ok) throw new Error(`this server answered ${answer.status}`);
  return answer.json();
}

function post(text) {
  return fetch(`${access.baseUrl}/api/sessions/${encodeURIComponent(access.session)}/messages/send`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${access.token}` },
    body: JSON.stringify({ session: access.session, chatId: access.chatId, type: "text", text }),
    redirect: "error", // a browser would follow with a GET, and nothing would be sent
  });
}

async function send(text) {
  let isOnItsWay = false;
  try {
    access = access || (await ask("token", "POST"));
    isOnItsWay = true;
    let answer = await post(text);
    if (answer.status === 401) { // the token has expired; nothing was sent
      isOnItsWay = false;
      access = await ask("token", "POST");
      isOnItsWay = true;
      answer = await post(text);
    }
    if (answer.ok) return "";
    if (answer.status >= 500) return UNCLEAR;
    if (answer.status === 429) return "It was not sent: you write too much. Try again in a while.";
    const { error } = await answer.json().catch(() => ({})); // of a proxy, it is a page
    return `It was not sent: ${error || answer.status}`;
  } catch (error) {
    return isOnItsWay ? UNCLEAR : `It was not sent: ${error.message}`;
  }
}

part("form").onsubmit = async (event) => {
  event.preventDefault();
  const [text, button] = [part("text"), event.submitter];
  button.disabled = true;
  tell("Sending…");
  const problem = await send(text.value);
  tell(problem);
  if (!problem) text.value = "";
  button.disabled = false;
  text.focus();
};

async function follow() {
  try {
    for (const { number, text, isMine } of await ask(`messages?after=${last}`)) {
      const line = document.createElement("li");
      line.textContent = text; // never as HTML
      line.className = isMine ? "mine" : "";
      part("messages").append(line);
      last = number;
    }
  } catch {
    // the next time
  }
  setTimeout(follow, 1000);
}
follow();
</script>
"""


class BrowserChat:
    def __init__(self, client: TitanClient, base_url: str, chat_id: str, secret: str) -> None:
        self._client, self._base_url, self._chat_id = client, base_url, chat_id
        self._lock = threading.Lock()
        self._messages: Dict[str, Dict[str, object]] = {}
        router = WebhookRouter(secret)
        router.on("message.received", "message.sent")(self.note)
        self.app = Starlette(
            routes=[
                Route("/", self.show_page),
                Route("/token", self.mint_token, methods=["POST"]),
                Route("/messages", self.show_messages),
                Route("/titan", router.asgi_app()),
            ]
        )

    def note(self, event: Union[MessageReceivedEvent, MessageSentEvent]) -> None:
        if event.chat_id != self._chat_id:
            return
        with self._lock:
            shown = {"number": len(self._messages) + 1, "text": event.text or "(no text)"}
            # A message comes in several events: one typed on the own phone is received, too.
            self._messages.setdefault(str(event.payload.id), {**shown, "isMine": bool(event.payload.from_me)})

    def show_page(self, request: Request) -> Response:
        page = HTMLResponse(PAGE, headers={"Content-Security-Policy": "frame-ancestors 'none'"})
        if "visitor" not in request.cookies:
            is_https = request.url.scheme == "https"
            page.set_cookie(
                "visitor", secrets.token_hex(16), httponly=True, samesite="strict", secure=is_https
            )
        return page

    def mint_token(self, request: Request) -> Response:
        token = self._client.client_tokens.mint({"session": SESSION, "ephemeralId": visitor_of(request)})
        access = {
            "session": SESSION,
            "chatId": self._chat_id,
            "baseUrl": self._base_url,
            "token": token.token,
        }
        return JSONResponse(access, headers={"Cache-Control": "no-store"})

    def show_messages(self, request: Request) -> Response:
        visitor_of(request)
        after = request.query_params.get("after", "")
        with self._lock:
            messages = [*self._messages.values()][int(after) if re.fullmatch("[0-9]{1,9}", after) else 0 :]
        return JSONResponse(messages, headers={"Cache-Control": "no-store"})


def visitor_of(request: Request) -> str:
    visitor = request.cookies.get("visitor", "")
    if not re.fullmatch("[0-9a-f]{32}", visitor):
        raise HTTPException(403)
    return visitor


def prepare(client: TitanClient, origin: str) -> str:
    """Set the rules before the first token, and create the webhook; returns its key."""
    client.client_tokens.set_rules(
        SESSION,
        {
            "recipientMode": "conversation",
            "allowedActions": "send_message",
            "rateLimit": 20,  # a minute and visitor
            "maxDaily": 200,
            "allowedOrigins": origin,
        },
    )
    key, url = secrets.token_urlsafe(32), f"{origin}/titan"
    known = [one.id for one in client.webhooks.list() if one.url == url]
    if known:
        client.webhooks.update(known[0], {"hmacKey": key})
    else:
        events = ["message.received", "message.sent"]
        client.webhooks.create({"url": url, "session": SESSION, "events": events, "hmacKey": key})
    return key


def main() -> None:
    port, arguments, titan = int(os.environ.get("PORT", "8000")), sys.argv[1:] or [ANA], None
    base_url, api_key = os.environ.get("TITAN_BASE_URL"), None
    with contextlib.ExitStack() as stack:
        if base_url is None:
            from titan.sandbox import Sandbox

            titan = stack.enter_context(Sandbox())
            titan.connect(SESSION)
            base_url, api_key = titan.base_url, titan.api_key
            print("Answer as Ana at", base_url)
        origin = arguments[1].rstrip("/") if len(arguments) > 1 else f"http://127.0.0.1:{port}"
        client = stack.enter_context(TitanClient(base_url, api_key))
        chat_id = client.contacts.resolve(SESSION, arguments[0])
        address = base_url.rstrip("/").removesuffix("/api")
        chat = BrowserChat(client, address, chat_id, prepare(client, origin))
        if titan is not None:  # it delivers this again, until the server below listens
            titan.receive(SESSION, "Hello! Are you there?", sender=ANA, push_name="Ana")
        print("Open", origin)
        uvicorn.run(chat.app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main()
