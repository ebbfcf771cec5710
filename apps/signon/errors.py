"""What this app refuses.

Refused
`-- NotLive               the application is not in use, or not any more
NotAllowed
`-- NotForYou             the application is not meant for this person
"""

from apps.common.errors import NotAllowed, Refused


class NotLive(Refused):
    """The application is not in use, or not any more."""

    code = "application_not_live"


class NotForYou(NotAllowed):
    """The application is not meant for this person."""

    code = "application_not_for_you"
