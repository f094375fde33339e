"""The contract: which operations there are, whether a request fits, which faults are to happen to it.

May import `base`.
"""
