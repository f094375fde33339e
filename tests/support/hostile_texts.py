"""Texts that want to be another path, and what becomes of them."""

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

TIMES = int(os.environ.get("TITAN_TEST_TIMES", "1"))
"""How many times as many examples a test tries; scripts/prove sets it."""


def runs(examples: int) -> settings:
    """Settings of a test that tries this many examples; a busy machine is no failure."""
    return settings(
        max_examples=examples * TIMES,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


many_runs = runs(200)
hostile = st.one_of(
    st.text(),
    st.text("./%2eEfF5cC\\?#;@:& "),
    st.lists(st.sampled_from(["..", "/", "%2f", "%2e", "\\", "a", "?", "#", "\0", "\ud800", "é"])).map(
        "".join
    ),
    st.text(st.characters(categories=["Cs", "Cc", "Cf", "Zl", "Zs", "Lo"])),
)


def attempt(expected, function, *args, **kwargs):
    """Call a function; give its result and None, or None and the error of this kind."""
    try:
        return function(*args, **kwargs), None
    except expected as error:
        return None, error


def refusal_of(function, *args, **kwargs):
    return attempt(ValueError, function, *args, **kwargs)[1]
