"""The contract: which operations there are, whether a request fits, which faults were ordered."""
