"""From a prepared request to the bytes of its response: the only package that uses httpx.

It imports `errors`, `_privacy`, `_secret`, `_init_lock`, `_interruptions`, `_clock` and `_version`, and
nothing else of `titan`.
"""
