"""What WhatsApp itself does with sessions, chats, messages, groups, …, and how it shows.

May import `delivery`, `state` and `base`.
"""
