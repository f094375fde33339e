"""The version of the SDK; whatever else, reading it loads nothing."""

__version__: str = "0.2.0"
