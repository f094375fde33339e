"""From a prepared request to the bytes of its response: the only package that uses httpx.

It imports `errors`, `_privacy`, `_init_lock`, `_clock` and `_version`, and nothing else of `titan`.
"""
