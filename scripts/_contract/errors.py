"""Errors in the contract's files."""


class ContractError(Exception):
    """A contract file cannot be used; the text says where and why."""
