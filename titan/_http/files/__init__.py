"""Files of any size in constant memory, up and down.

It imports nothing else of `titan`.
"""
