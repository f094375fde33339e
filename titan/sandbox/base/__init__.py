"""What everything stands on: the clock, errors, JSON, JIDs, settings, the rate limiter.

Imports nothing else of the sandbox.
"""
