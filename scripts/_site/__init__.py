"""Hooks of the documentation site, which mkdocs.yml names; mkdocs runs them."""
