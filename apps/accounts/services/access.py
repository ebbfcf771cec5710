"""The one writer that ends what a person has opened: browser sessions, and what rests on them.

Called wherever somebody must be out at once: signing out everywhere, a new password, a reset
factor, a closed file, leaving. Other apps end what is theirs by ``signals.access_ended``.
Source: AC-11, AC-15.
"""

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts import permissions
from apps.accounts.models import User
from apps.accounts.signals import AccessEnded, SessionEnded, access_ended, session_ended
from apps.audit.services import Actor, record
from apps.common.errors import NotAllowed


@transaction.atomic
def end_access(actor: Actor, *, person: User, reason: str) -> int:
    """Will end everything this person has opened, and give the number of browser sessions.

    reason: a short code, kept in the log. Announces ``access_ended`` inside the transaction;
    tokens given to other systems and delegations end with it.

    Raises: NotAllowed (neither oneself nor somebody of a tenant the actor administers).
    """
    if actor.pk != person.pk and not (
        permissions.can_manage_people(actor, person.tenant_id)
        or permissions.can_unlock(actor, person.tenant_id)
    ):
        raise NotAllowed(_("您不能结束该人员的登录。"))
    ended = close_everything(person, reason=reason)
    record(
        actor,
        "sign_in.sessions_ended",
        object_type="accounts.user",
        object_id=person.pk,
        object_label=person.display_name,
        data={"sessions": ended, "reason": reason},
    )
    return ended


def close_everything(person: User, *, reason: str, keep_session: str = "") -> int:
    """Will do what ``end_access`` does within a deed that has checked and logs for itself.

    keep_session: key of a session that goes on, that of whoever changes their own password.
    Within the caller's transaction.
    """
    sessions = list(UserSession.objects.filter(user=person).exclude(session_key=keep_session))
    for session in sessions:
        session.end()
    access_ended.send(sender=User, event=AccessEnded(user_id=person.pk, reason=reason))
    return len(sessions)


def close_session(session: UserSession, *, reason: str) -> None:
    """Will end one browser session and announce it, within the caller's transaction."""
    event = SessionEnded(user_id=session.user_id, session_key=session.session_key, reason=reason)
    session.end()
    session_ended.send(sender=User, event=event)
