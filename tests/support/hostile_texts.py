"""Texts that want to be another path, and what becomes of them."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

# A busy machine is no failure.
many_runs = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
hostile = st.one_of(
    st.text(),
    st.text("./%2eEfF5cC\\?#;@:& "),
    st.lists(st.sampled_from(["..", "/", "%2f", "%2e", "\\", "a", "?", "#", "\0", "\ud800", "é"])).map(
        "".join
    ),
    st.text(st.characters(categories=["Cs", "Cc", "Cf", "Zl", "Zs", "Lo"])),
)


def refusal_of(function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except ValueError as error:
        return error
    return None
