"""Who may do nothing but enrol a second factor until they have one. Source: AC-08."""

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from apps.accounts.assurance.levels import SECOND_FACTORS, factors_of, proved_strongly
from apps.accounts.models import Certificate, Role, User
from apps.accounts.selectors import in_force_q
from apps.common import clock
from apps.common.memory import Memory

REENROLLING_KEY = "re_enrolling"  # in a session opened with an enrolment code
INTERRUPTED_KEY = "factor_due_interrupted"  # the page somebody was kept from
_due: Memory[bool] = Memory(
    of=(
        "accounts.Appointment",
        "accounts.Certificate",
        "accounts.Post",
        "accounts.Role",
        "mfa.Authenticator",
    )
)


def must_enrol(request: HttpRequest, user: User) -> bool:
    """Will tell whether the browser may do nothing before a second factor is enrolled.

    As of a moment ago. Whoever holds a role that requires one, where the city enforces it
    (``REQUIRE_ADMIN_MFA``), and whoever came in with an enrolment code.
    """
    if request.session.get(REENROLLING_KEY):
        return not factors_of(user)
    if not settings.REQUIRE_ADMIN_MFA or proved_strongly(request):
        return False
    return _due.get((user.pk, clock.today()), lambda: _lacks(user))


def roles_requiring(user: User) -> QuerySet[Role]:
    """Will give the roles held today that require a second factor."""
    held = in_force_q("posts__appointments__") & Q(posts__appointments__user=user)
    return Role.objects.filter(held, requires_second_factor=True).distinct()


def holders_without_factor() -> QuerySet[User]:
    """Will give the active people whose role requires a second factor and who have none."""
    factor = Authenticator.objects.filter(user=OuterRef("pk"), type__in=SECOND_FACTORS)
    certificate = Certificate.objects.filter(
        user=OuterRef("pk"), ended_at=None, expires_at__gt=clock.now()
    )
    held = in_force_q("appointments__") & Q(appointments__post__roles__requires_second_factor=True)
    return (
        User.objects.filter(held, ~Exists(factor), ~Exists(certificate), is_active=True)
        .distinct()
        .order_by("name_pinyin", "pk")
    )


def _lacks(user: User) -> bool:
    return roles_requiring(user).exists() and not factors_of(user)
