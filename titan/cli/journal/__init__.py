"""What the commands of `titan outbox` stand on: opening the journal, and showing what is in it.

It may import `outbox`, when a command is used and not before: its extra need not be installed.
"""
