"""Bounds of the server: how large a body may be, how long a request may take to come, how many connections.

May import what `server` may import.
"""
