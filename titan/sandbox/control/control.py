"""All that no Titan has: playing the phone and the people, moving time, having things go wrong."""

from __future__ import annotations

from .conditions import ConditionsControl
from .incoming import IncomingControl
from .inspection import InspectionControl
from .people import PeopleControl
from .phone import PhoneControl


class Control(PhoneControl, IncomingControl, PeopleControl, InspectionControl, ConditionsControl):
    """The calls that tests and the page make.

    Each method is a route below `/sandbox` too, whose body has the same names in camelCase. The routes ask
    for no key.
    """
