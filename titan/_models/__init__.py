"""The bases of the generated types, and how bytes become models."""
