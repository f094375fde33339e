"""Programs that are measured from a cold interpreter on."""

from __future__ import annotations

import textwrap
from typing import Dict, NamedTuple

from .samples import CHAT, KEY, SESSION, TEXT
from .sides import openapi_generator, openapi_python_client

_PYTHON_CLIENT = openapi_python_client.PACKAGE
_GENERATOR = openapi_generator.PACKAGE
_TWILIO_MESSAGE = "from twilio.rest.api.v2010.account.message import MessageInstance"


class Program(NamedTuple):
    """A program in an interpreter of its own; `sys.argv[1]` is the address of the server."""

    code: str
    environment: str = "bench"
    """Or `sdks`, which has the SDKs of others."""
    is_import: bool = False
    """Whether only this code counts, and not the start and end of the interpreter."""


def first_response() -> Dict[str, Program]:
    """From nothing to the first typed response."""
    by_hand = f"""
        import sys
        from datetime import datetime
        import httpx
        from pydantic import BaseModel
        class Message(BaseModel):
            id: str
            session: str
            status: str
            text: str
            sentAt: datetime
        client = httpx.Client(headers={{"Authorization": "Bearer {KEY}"}})
        body = {{"session": {SESSION!r}, **{TEXT!r}}}
        answer = client.post(sys.argv[1] + "/api/messages/send", json=body).json()
        Message.model_validate(answer["data"]).id
    """
    ours = f"""
        import sys
        from titan import TitanClient
        TitanClient(sys.argv[1], {KEY!r}).messages.send({SESSION!r}, {TEXT!r}).id
    """
    python_client = f"""
        import sys
        from {_PYTHON_CLIENT} import AuthenticatedClient
        from {_PYTHON_CLIENT}.api.messages import messages_send
        from {_PYTHON_CLIENT}.models import TextMessage
        client = AuthenticatedClient(base_url=sys.argv[1], token={KEY!r})
        text = TextMessage(session={SESSION!r}, chat_id={CHAT!r}, type_="text", text="Hello")
        messages_send.sync(client=client, body=text).data.id
    """
    generator = f"""
        import sys
        from {_GENERATOR} import ApiClient, Configuration, MessagesApi, SendMessageRequest, TextMessage
        client = ApiClient(Configuration(host=sys.argv[1], access_token={KEY!r}))
        text = TextMessage(session={SESSION!r}, chat_id={CHAT!r}, type="text", text="Hello")
        MessagesApi(client).messages_send(SendMessageRequest(text)).data.id
    """
    return {
        "by hand": Program(textwrap.dedent(by_hand)),
        "titan-sdk": Program(textwrap.dedent(ours)),
        "openapi-python-client": Program(textwrap.dedent(python_client)),
        "openapi-generator": Program(textwrap.dedent(generator)),
    }


def imports() -> Dict[str, Program]:
    """The class of the client."""
    return {
        "httpx, pydantic": _import("import httpx, pydantic"),
        "titan-sdk": _import("from titan import TitanClient"),
        "openapi-python-client": _import(f"from {_PYTHON_CLIENT} import AuthenticatedClient"),
        "openapi-generator": _import(f"from {_GENERATOR} import ApiClient, Configuration"),
    }


def imports_with_types() -> Dict[str, Program]:
    """The client with the types of its requests and responses."""
    return {
        "httpx, pydantic": _import("import httpx, pydantic"),
        "titan-sdk": _import("from titan import TitanClient\nfrom titan.types_gen import SendMessageRequest"),
        "openapi-python-client": _import(
            f"from {_PYTHON_CLIENT} import AuthenticatedClient\nimport {_PYTHON_CLIENT}.models"
        ),
        "openapi-generator": _import(
            f"from {_GENERATOR} import ApiClient, Configuration\nimport {_GENERATOR}.models"
        ),
        "openai": _import("from openai import OpenAI\nfrom openai.types.chat import ChatCompletion", "sdks"),
        "pywa": _import("from pywa import WhatsApp, types", "sdks"),
        "stripe": _import("from stripe import Customer, StripeClient", "sdks"),
        "twilio": _import("from twilio.rest import Client\n" + _TWILIO_MESSAGE, "sdks"),
    }


def imports_of_verification() -> Dict[str, Program]:
    """What verifies a webhook."""
    return {
        "by hand": _import("import hmac, hashlib, json"),
        "titan-sdk": _import("from titan import verify_webhook"),
    }


def _import(code: str, environment: str = "bench") -> Program:
    return Program(code, environment, is_import=True)
