"""A ticket by which a phone may hand over what it still holds when its worker is no more one.

Given with every day pack. It opens nothing: what comes with it is kept for the leader, and only
once the person may not send by themselves any longer.
"""

from dataclasses import dataclass

from django.core import signing
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_of
from apps.common.errors import NotAllowed
from apps.phone.permissions import can_use_phone

SALT = "phone.ticket"
TICKET_DAYS = 30


@dataclass(frozen=True)
class Home:
    """Whose deeds these are to a leader: body and area of the worker when the ticket was given."""

    tenant_id: int | None
    area_path: str


def home_of(user: User) -> Home:
    """Will give where a worker belongs today."""
    scope = scope_of(user)
    return Home(
        tenant_id=min(scope.tenant_ids, default=None),
        area_path=min(scope.area_paths, key=len, default=""),
    )


def give_ticket(user: User) -> str:
    """Will give a signed ticket for this worker's phone."""
    home = home_of(user)
    return signing.dumps([user.pk, home.tenant_id, home.area_path], salt=SALT)


def read_ticket(ticket: str) -> tuple[User, Home]:
    """Will give whose ticket it is.

    Raises: NotAllowed (forged, older than ``TICKET_DAYS``, or the person may still sign in and
        send by themselves).
    """
    try:
        user_id, tenant_id, area_path = signing.loads(
            ticket, salt=SALT, max_age=TICKET_DAYS * 24 * 3600
        )
    except signing.BadSignature as error:
        raise NotAllowed(_("交接凭据无效或已过期"), code="ticket") from error
    user = User.objects.filter(pk=user_id).first()
    if user is None or can_use_phone(user):
        raise NotAllowed(_("账号仍在使用，请登录后发送"), code="ticket")
    return user, Home(tenant_id, area_path)
