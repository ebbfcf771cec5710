"""When somebody is out here, they are out everywhere they signed on from here."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest

from apps.accounts.models import Appointment, Delegation, User
from apps.accounts.signals import AccessEnded, SessionEnded, access_ended, session_ended
from apps.signon import services
from apps.signon.services.upstream import FROM_ABOVE_KEY

#: The columns of a person that other systems know.
_TOLD = frozenset({"username", "full_name", "email", "phone", "is_active", "tenant", "tenant_id"})


@receiver(access_ended, dispatch_uid="signon.end_of_person")
def end_of_person(sender: Any, event: AccessEnded, **kwargs: Any) -> None:
    services.end_of_person(event.user_id, reason=event.reason)


@receiver(session_ended, dispatch_uid="signon.end_of_session")
def end_of_session(sender: Any, event: SessionEnded, **kwargs: Any) -> None:
    services.end_of_session(event.user_id, session_key=event.session_key, reason=event.reason)


@receiver(user_logged_out, dispatch_uid="signon.signed_out")
def signed_out(sender: Any, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    """Signing out by hand or after idling; the session still has its key here."""
    key = request.session.session_key
    if user is not None and key:
        services.end_of_session(user.pk, session_key=key, reason="signed_out")


@receiver(user_logged_in, dispatch_uid="signon.came_from_above")
def came_from_above(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """All steps of signing in are done: remember what it rests on."""
    told = request.session.pop(FROM_ABOVE_KEY, None)
    key = request.session.session_key
    if told and key:
        services.note_session(user, session_key=key, sid=told["sid"], sub=told["sub"])


@receiver(post_save, sender=User, dispatch_uid="signon.person_written")
def person_written(
    sender: Any, instance: User, update_fields: frozenset[str] | None, **kwargs: Any
) -> None:
    """Whoever writes a person, other systems are told; signing in alone tells nothing."""
    if update_fields is None or update_fields & _TOLD:
        services.mark_people([instance.pk])


@receiver([post_save, post_delete], sender=Appointment, dispatch_uid="signon.post_written")
def post_written(sender: Any, instance: Appointment, **kwargs: Any) -> None:
    services.mark_people([instance.user_id])


@receiver([post_save, post_delete], sender=Delegation, dispatch_uid="signon.deputy_written")
def deputy_written(sender: Any, instance: Delegation, **kwargs: Any) -> None:
    services.mark_people([instance.deputy_id])
