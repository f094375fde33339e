"""The pages below `docs/reference/`: what the contract says, and what docstrings say, as Markdown.

The pages read well in a plain viewer of Markdown too: they need nothing of the generator of the site.
"""
