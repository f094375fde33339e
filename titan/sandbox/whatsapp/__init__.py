"""What WhatsApp itself does."""
