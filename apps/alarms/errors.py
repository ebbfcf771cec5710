"""What this app refuses in its own words.

Refused
`-- AlarmEnded      the alarm has recovered or was closed
"""

from apps.common.errors import Refused


class AlarmEnded(Refused):
    """Nothing more can be done to an alarm that has ended."""

    code = "alarm_ended"
