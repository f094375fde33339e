"""Adopting another contract: what it means, and doing it. Imports `_contract` and `_generator`."""
