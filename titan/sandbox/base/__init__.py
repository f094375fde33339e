"""What everything stands on: the clock, errors, JSON, JIDs, settings, the rate limiter.

It may import nothing else of the sandbox.
"""
