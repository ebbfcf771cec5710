"""PostGIS by Django's own backend; only whether a kept connection still lives is found out sooner.

Django asks the server at the first statement of every request, which costs as much as a short
question. A server that stopped, or a proxy that ended the connection, has said so on the socket:
what lies there unread is looked at first, and only then the server is asked.
"""

import select

from django.contrib.gis.db.backends.postgis import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that is asked whether it lives where there is reason to doubt it."""

    def is_usable(self) -> bool:
        if self.connection is None or self.connection.closed:
            return False
        waiting = select.poll()
        waiting.register(self.connection.pgconn.socket, select.POLLIN)
        return not waiting.poll(0) or bool(super().is_usable())
