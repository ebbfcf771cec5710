"""When somebody is out here, they are out everywhere they signed on from here."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from apps.accounts.models import User
from apps.accounts.signals import AccessEnded, SessionEnded, access_ended, session_ended
from apps.signon import services
from apps.signon.services.upstream import FROM_ABOVE_KEY


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
