"""Uses the local Titan where a package was installed with its extra; runs there, with `python -I`."""

import re
from urllib.request import urlopen

from titan import TitanClient
from titan.sandbox import Sandbox

with Sandbox() as titan, TitanClient(titan.base_url, titan.api_key) as client:
    titan.connect("smoke-test")
    assert [session.name for session in client.sessions.list()] == ["smoke-test"]
    message = client.messages.send_text("smoke-test", "5511999999999@s.whatsapp.net", "Hello")
    assert titan.messages[-1]["id"] == message.id, "the message did not arrive"
    page = ["", "page/phone.css"]
    # With whatever they import, in turn.
    for path in page:
        text = urlopen(f"{titan.base_url}/{path}").read().decode()
        modules = re.findall(r'(?:from "\./|src="/page/)([a-z_]+\.js)"', text)
        page += [f"page/{module}" for module in modules if f"page/{module}" not in page]
    assert len(page) > 10, f"the page has only {page}"
