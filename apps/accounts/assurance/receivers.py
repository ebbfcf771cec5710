"""What enrolling a factor proves, and what it ends."""

from typing import Any

from allauth.mfa import signals
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from django.dispatch import receiver
from django.http import HttpRequest

from apps.accounts.assurance import recovery
from apps.accounts.assurance.enforcement import REENROLLING_KEY
from apps.accounts.assurance.levels import SECOND_FACTORS
from apps.accounts.models import User


@receiver(signals.authenticator_added, dispatch_uid="accounts.factor_proved_by_enrolling")
def factor_proved_by_enrolling(
    sender: Any, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    """Enrolling asks for a right code or a touch of the key: the session has proved it."""
    if authenticator.type in SECOND_FACTORS:
        post_authentication(request, authenticator, reauthenticated=True)
        recovery.finish(user)
        request.session.pop(REENROLLING_KEY, None)
