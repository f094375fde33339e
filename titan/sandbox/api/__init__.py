"""The handlers of the operations, one file a domain."""
