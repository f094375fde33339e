"""Wheel and sdist: how they are built, used as users use them, and what is known of what they need.

One module for each step of scripts/check_packages; the programs named `smoke*.py` run where a package was
installed.
"""
