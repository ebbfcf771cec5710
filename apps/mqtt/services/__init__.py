"""The only writers of what hangs on the broker.

logins: who may log in. outgoing: messages to be sent. link: the connection's own row, fenced, and
the batches taken in through it; called by the process that holds the connection only.
"""

from apps.mqtt.services.logins import (
    end_login,
    end_logins,
    grant_login,
    suspend_logins,
)
from apps.mqtt.services.outgoing import publish

__all__ = [
    "end_login",
    "end_logins",
    "grant_login",
    "publish",
    "suspend_logins",
]
