"""What everything stands on: errors, the clock, settings, JIDs."""
