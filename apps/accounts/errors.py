"""What this app refuses.

Refused
|-- AdminRolesExclude     one person may not hold two of the three administrators' roles
|-- StillInUse            the unit still has people or units below it
`-- AppointmentOverlaps   the person already holds this post in that time
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
