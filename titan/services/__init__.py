"""The domains of the API, one class each."""
