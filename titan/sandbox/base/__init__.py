"""The clock, errors, JSON, JIDs, hosts, settings and the rate limiter.

It may import nothing else of the sandbox: everything stands on it.
"""
