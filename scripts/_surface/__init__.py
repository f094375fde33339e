"""The public names of the package: one text that shows them all, and what a change to them breaks.

Both are read from the source by griffe; nothing of the package is imported.
"""
