"""Sockets, proxies and certificates: connections of our own, or those of the user's client.

It imports what `_http` may, and of `_http` the deadlines.
"""
