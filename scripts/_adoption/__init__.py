"""Adopting another contract: what it would mean, and doing it. Imports `_contract`, nothing of `titan`."""
