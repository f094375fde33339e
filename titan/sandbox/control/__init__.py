"""What no Titan has: playing the phone and the people, moving time, making requests go wrong.

Each call is a method of `Control` and a route below `/sandbox`. May import `snapshot`, `spec`, `whatsapp`
and what these may import.
"""
