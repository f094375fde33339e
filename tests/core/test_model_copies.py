"""Models survive copying and pickling."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import pytest

from tests.support.answers import NOON, read_as
from titan.types_gen import (
    Group,
    Message,
    Session,
)

# Copies.


@pytest.mark.parametrize("status", ["CONNECTED", "NEW", 5])
@pytest.mark.parametrize(
    "twin_of",
    [
        copy.copy,
        copy.deepcopy,
        lambda model: model.model_copy(),
        *(
            lambda model, n=n: pickle.loads(pickle.dumps(model, n))
            for n in range(2, pickle.HIGHEST_PROTOCOL + 1)
        ),
    ],
)
def test_copies_are_equal_and_keep_everything(twin_of, status):
    model = read_as(
        Session,
        name="s",
        status=status,
        createdAt="2025-05-01T12:00:00Z",
        updatedAt="9999-12-31T23:59:59-05:00",
        shard={"id": 5},
    )
    twin = twin_of(model)
    assert twin == model
    assert type(twin.status) is type(model.status)
    assert twin.to_dict() == model.to_dict()
    assert repr(twin) == repr(model)
    assert (twin.push_name, twin["shard"]) == (None, {"id": 5})


def test_pickle_is_read_by_a_process_that_has_used_no_type_yet():
    model = read_as(Group, id="1@g.us", participants=[{"lid": "5@lid", "new": 1}], x=1)
    code = "import pickle, sys; print(pickle.load(sys.stdin.buffer).to_dict())"
    done = subprocess.run([sys.executable, "-c", code], input=pickle.dumps(model), capture_output=True)
    assert done.stdout.decode().strip() == str(model.to_dict()), done.stderr.decode()


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (read_as(Message, id="m"), Message(id="m"), True),
        (read_as(Message, id="m", x=1), read_as(Message, id="m", x=1), True),
        (read_as(Message, id="m", x=1), read_as(Message, id="m", x=2), False),
        (read_as(Message, id="m"), read_as(Message, id="n"), False),
        (read_as(Message, id="m", sentAt="2025-05-01T12:00:00Z"), Message(id="m", sent_at=NOON), True),
        (read_as(Message, id="m", timestamp=5), read_as(Message, id="m", timestamp=5), True),
        (read_as(Message, id="m"), read_as(Group, id="m"), False),
        (read_as(Message, id="m"), {"id": "m"}, False),
    ],
)
def test_equality_is_of_type_and_values(left, right, equal):
    assert (left == right) is equal
    assert (left != right) is not equal
