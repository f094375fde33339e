"""Receive webhooks with FastAPI. Needs `python -m pip install . fastapi uvicorn` in a clone.

    TITAN_WEBHOOK_SECRET=... uvicorn --app-dir examples webhook_fastapi:app

Point a webhook of your Titan at the path /titan of this server.
"""

import os

from fastapi import FastAPI, HTTPException, Request
from fastapi.concurrency import run_in_threadpool

from titan import WebhookPayloadError, WebhookRouter, WebhookSignatureError
from titan.webhooks import RecentEvents

app = FastAPI()
router = WebhookRouter(os.environ["TITAN_WEBHOOK_SECRET"], seen=RecentEvents())


@router.on("message.received")
def greet(event):
    print(event.payload.push_name, "wrote:", event.payload.text)


@app.post("/titan")
async def receive(request: Request):
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > 1024 * 1024:
            raise HTTPException(413)
    try:
        # Handlers may block, so they get a thread. What they raise becomes a 500, and Titan tries again.
        await run_in_threadpool(router.handle, body, request.headers)
    except WebhookSignatureError:
        raise HTTPException(401) from None
    except WebhookPayloadError:
        raise HTTPException(400) from None
