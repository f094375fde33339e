"""Endpoints for deliveries: a WSGI app and an ASGI app, built with the standard library alone.

It imports what `titan.webhooks` may import; of that package only types, and what the router hands in.
"""
