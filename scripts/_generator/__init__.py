"""Writes Python, JSON and tables from the contract; one module for each kind of file."""
