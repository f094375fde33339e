"""Sockets and requests: the server, the app, what lets in only this machine."""
