"""Messages: sending and receiving them, how far they have come, what people do to them.

May import the other modules of `whatsapp` and what these may import.
"""
