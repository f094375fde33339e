"""Sending what the journal has: a run in this process, or turns that the tasks of a queue take.

It imports `..journal`, and the modules beside it that read messages; it makes requests with a client.
"""
