"""Middleware around the app: who is let in, and which headers every response has.

May import what `server` may import.
"""
