"""Refusals of field work.

Refused
|-- OffDuty       not on duty at that moment; nothing of the position is kept
`-- NoConsent     the worker did not agree to being located then
NotAllowed
`-- NotAWorker    no file as a grid worker, or not active any more
"""

from apps.common.errors import NotAllowed, Refused


class OffDuty(Refused):
    """Not on duty at that moment."""

    code = "off_duty"


class NoConsent(Refused):
    """The worker did not agree to being located then."""

    code = "no_consent"


class NotAWorker(NotAllowed):
    """No file as a grid worker, or not active any more."""

    code = "not_a_worker"
