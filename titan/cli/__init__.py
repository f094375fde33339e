"""The command line, `titan`; needs the extra `cli`.

The commands are in `commands`, one file for each group of them, and what they share is beside it. It may
import `client`, `outbox`, `webhooks`, the entry of the local Titan, and what these import; nothing imports
it.
"""
