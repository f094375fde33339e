"""What WhatsApp itself does with sessions, chats, messages, groups, …, and how Titan shows the outcome.

May import `delivery`, `state` and `base`.
"""
