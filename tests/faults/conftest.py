"""Fixtures of the tests of faults."""

from __future__ import annotations

import pytest

from tests.faults.cells import load_all
from tests.faults.certificates import Certificates, make_certificates


@pytest.fixture(scope="session")
def certificates(tmp_path_factory) -> Certificates:
    """Certificates for servers, with everything loaded that a call needs."""
    made = make_certificates(tmp_path_factory.mktemp("certificates"))
    load_all(made)
    return made
