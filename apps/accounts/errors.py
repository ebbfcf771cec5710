"""What this app refuses.

Refused
|-- AdminRolesExclude     one person may not hold two of the three administrators' roles
|-- StillInUse            the unit still has people or units below it
|-- AppointmentOverlaps   the person already holds this post in that time
|-- SecondPersonNeeded    a dangerous act is filed and checked by somebody else first
`-- NobodyCouldCheck      nobody else holds the right to check it
"""

from apps.common.errors import Refused


class AdminRolesExclude(Refused):
    """One person may not hold two of the three administrators' roles (三员分立)."""

    code = "admin_roles_exclude"


class StillInUse(Refused):
    """The unit still has people or units below it."""

    code = "still_in_use"


class AppointmentOverlaps(Refused):
    """The person already holds this post in that time."""

    code = "appointment_overlaps"


class SecondPersonNeeded(Refused):
    """A dangerous act is filed and checked by somebody else before it is done (双人复核)."""

    code = "second_person_needed"


class NobodyCouldCheck(Refused):
    """Nobody else holds the right to check it, so it would wait for ever."""

    code = "nobody_could_check"
