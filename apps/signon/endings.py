"""What this app ends of a leaver: sign-ons at other systems, before the sessions they rest on."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.registry import Ending, register_ending
from apps.audit.services import Actor
from apps.signon import services
from apps.signon.selectors import count_open


def register() -> None:
    """Will make the endings of this app known."""
    register_ending(Ending("signon.grants", _("其他系统的登录"), 5, _end, count_open))


def _end(_actor: Actor, user: User) -> int:
    return services.end_of_person(user.pk, reason="left")
