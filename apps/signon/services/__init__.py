"""The only writers of applications, sign-ons, keys and words of signing out.

Called by the pages, by the provider's endpoints and by the receivers of what accounts announce.
"""

from apps.signon.services.applications import (
    ApplicationData,
    apply_for,
    go_live,
    issue_secret,
    propose_change,
    suspend,
)
from apps.signon.services.checklist import reopen_item, settle_item
from apps.signon.services.grants import (
    Standing,
    end_of_person,
    end_of_session,
    open_grant,
    purge,
)
from apps.signon.services.keys import ensure_key, rotate_if_due, rotate_key
from apps.signon.services.logouts import retry_logout
from apps.signon.services.pushing import (
    ask_to_push,
    mark_people,
    push_all,
    push_nightly,
    retry_person,
    set_push,
    stop_push,
)
from apps.signon.services.upstream import (
    end_upstream,
    link_person,
    note_session,
    unlink_person,
)

__all__ = [
    "ApplicationData",
    "Standing",
    "apply_for",
    "ask_to_push",
    "end_of_person",
    "end_of_session",
    "end_upstream",
    "ensure_key",
    "go_live",
    "issue_secret",
    "link_person",
    "mark_people",
    "note_session",
    "open_grant",
    "propose_change",
    "purge",
    "push_all",
    "push_nightly",
    "reopen_item",
    "retry_logout",
    "retry_person",
    "rotate_if_due",
    "rotate_key",
    "set_push",
    "settle_item",
    "stop_push",
    "suspend",
    "unlink_person",
]
