"""From a prepared request to the bytes of its response: the only package that uses httpx.

It imports `errors`, and of `titan` besides only modules that stand alone, such as `_clock` and `_privacy`.
"""
