"""The handlers of the API's operations, one file a domain; `handlers` has all of them.

May import `auth`, `spec`, `whatsapp` and what these may import.
"""
