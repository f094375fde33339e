"""The version of the SDK; whatever else, reading it loads nothing."""

__version__ = "0.2.0"
