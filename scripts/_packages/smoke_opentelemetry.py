"""Traces a client where a package was installed with its extra; runs there, with `python -I`."""

from titan import TitanClient
from titan.opentelemetry import trace_client

with TitanClient("https://api.example.com", "titan_smoke_test") as client:
    trace_client(client)
