"""Uses the SDK where a package was installed; runs there, with `python -I`, on any supported Python."""

import importlib.metadata
from importlib.resources import files

import titan
import titan.types_gen

for name in titan.__all__:
    getattr(titan, name)
with titan.TitanClient("https://api.example.com", "titan_smoke_test") as client:
    client.sessions, client.messages  # noqa: B018
assert titan.verify_webhook(b"{}", titan.sign_webhook(b"{}", "key"), "key"), (
    "a signature of ours is not taken"
)
found, meant = importlib.metadata.version("titan-sdk"), titan.__version__
assert found == meant, f"the package says that it is {found}, the SDK that it is {meant}"
for shipped in ("py.typed", "sandbox/spec/openapi.json"):
    assert (files("titan") / shipped).is_file(), f"the package lacks titan/{shipped}"
