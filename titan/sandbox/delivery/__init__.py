"""Events on their way to webhooks: who wants which, signatures, attempts, the log.

May import `state` and `base`.
"""
