"""What goes wrong with a request: as errors of ours, what is repeated, and what only looks like a failure.

It imports what `_http` may.
"""
