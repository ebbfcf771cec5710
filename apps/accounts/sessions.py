"""Sessions in the database, read by one prepared statement: every request asks for one."""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from apps.common import rows, standby

# The database's own clock: an hour a test holds still ends nobody's session.
_READ = "select session_data from django_session where session_key = %s and expire_date > now()"


class SessionStore(DatabaseStore):
    """Django's own store but for how it reads."""

    def load(self) -> dict[str, Any]:
        [found] = rows.ask((_READ, [self.session_key]))
        if not found:
            self._session_key = None
            return {}
        [[data]] = found
        return self.decode(data)

    def save(self, must_create: bool = False) -> None:
        """Will keep it, but where nothing can be written: who is signed in reads on then."""
        if not standby.is_read_only():
            super().save(must_create)
