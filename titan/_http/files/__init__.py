"""Files of any size in constant memory, up and down.

It imports `_interruptions`, and nothing else of `titan`.
"""
