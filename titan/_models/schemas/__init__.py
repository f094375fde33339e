"""The schemas that pydantic makes of the models: what they add to those for validation, and to those in JSON.

They may import what `titan._models` may, and `fields` of it.
"""
