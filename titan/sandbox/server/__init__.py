"""Sockets and requests: the server, its middleware, and the way of a request to its handler and back.

May import everything else of the sandbox.
"""
