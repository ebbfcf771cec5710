"""Writes who came and went to the log."""

from typing import Any

from allauth.mfa import signals as second_factor
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver

from apps.accounts.models import User
from apps.audit.services import record


def _note(user: User, action: str) -> None:
    record(
        user,
        action,
        object_type="accounts.user",
        object_id=user.pk,
        object_label=user.display_name,
    )


@receiver(user_logged_in, dispatch_uid="accounts.note_sign_in")
def note_sign_in(sender: Any, user: User, **kwargs: Any) -> None:
    _note(user, "sign_in.succeeded")


@receiver(user_logged_out, dispatch_uid="accounts.note_sign_out")
def note_sign_out(sender: Any, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        _note(user, "sign_in.ended")


@receiver(second_factor.authenticator_added, dispatch_uid="accounts.note_factor_added")
def note_factor_added(sender: Any, user: User, authenticator: Any, **kwargs: Any) -> None:
    _note(user, f"second_factor.{authenticator.type}_added")


@receiver(second_factor.authenticator_removed, dispatch_uid="accounts.note_factor_removed")
def note_factor_removed(sender: Any, user: User, authenticator: Any, **kwargs: Any) -> None:
    _note(user, f"second_factor.{authenticator.type}_removed")
