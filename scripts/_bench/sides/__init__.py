"""What a worker measures: a module for each side, whose `Side` has a method for each kind of call.

Each method prepares, and returns what is measured. A module imports what it needs inside its methods, so
that a worker loads only what its rows use.
"""
