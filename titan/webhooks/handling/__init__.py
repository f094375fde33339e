"""Handling an event: its claim, what surrounds its handlers, the handlers, and what happens when they fail.

It imports what `titan.webhooks` may import, and of that package the events alone.
"""
