"""Adopts another OpenAPI file as the contract: what it would mean, in words, and then in files."""
