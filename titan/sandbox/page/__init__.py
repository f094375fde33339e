"""What people see: the page, and its data."""
