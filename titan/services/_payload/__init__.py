"""Request bodies: what may stand in them, and how they become JSON.

It imports what `services` may.
"""
