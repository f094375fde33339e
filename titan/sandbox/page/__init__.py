"""The page: a phone in the browser, and the data that it shows.

May import `snapshot`, `whatsapp` and what these may import.
"""
