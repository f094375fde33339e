"""All control calls together."""

from __future__ import annotations

from .deliveries import DeliveryControls
from .faults import FaultControls
from .inspection import InspectionControls
from .messages import MessageControls
from .people import PeopleControls
from .phone import PhoneControls
from .settings import SettingsControls


class Control(
    PhoneControls,
    MessageControls,
    PeopleControls,
    InspectionControls,
    FaultControls,
    DeliveryControls,
    SettingsControls,
):
    """The calls that tests and the page make."""
