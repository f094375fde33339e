"""What tests turn and play: each control call, and its route."""
