"""The tasks of Celery that the proof of the outbox kills: `celery -A _proofs._outbox.tasks worker`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from celery import Celery

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from titan import TitanClient
from titan.outbox import Outbox
from titan.outbox.celery import use_celery

from .claims import name_claims_by_process

name_claims_by_process()
app = Celery("proof", broker=os.environ["TITAN_OUTBOX_BROKER"])
outbox = Outbox(
    TitanClient(timeout=60), os.environ["TITAN_OUTBOX"], lease=float(os.environ["TITAN_OUTBOX_LEASE"])
)
use_celery(outbox, app)
