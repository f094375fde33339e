"""What only the sandbox can do: act as the phone and as contacts, move the clock, make requests go wrong.

Each call is a method of `Control` and a route below `/sandbox`. May import `spec`, `whatsapp` and what
these may import.
"""
