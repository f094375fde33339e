"""Webhook deliveries: events, signatures, attempts, the log."""
