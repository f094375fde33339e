"""The commands of `titan`, one file for each group of them, loaded when one of its commands is used.

It may import the modules beside this package, and what these may import. `titan.cli.app` lists the commands.
"""
