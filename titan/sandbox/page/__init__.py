"""The page: a phone in the browser, and the data that it shows.

May import `whatsapp` and what that may import.
"""
