"""Who manages applications, and for whom an application is meant."""

from django.db.models import Q, QuerySet

from apps.accounts.models import Role, User
from apps.accounts.selectors import in_force_q, scope_for, scope_of
from apps.audit.services import Actor, SystemActor
from apps.signon.models import Application

MANAGE = "signon.manage_applications"


def can_manage(actor: Actor, tenant_id: int) -> bool:
    """Will tell whether the actor keeps the register of applications of this body."""
    if not isinstance(actor, User):
        return isinstance(actor, SystemActor)
    return actor.is_active and scope_for(actor, MANAGE).covers_tenant(tenant_id)


def meant_for(user: User) -> Q:
    """Will give the condition "this application is meant for the person".

    Of their own body, or shared by the whole city; narrowed to roles held today or to units
    of theirs where the application names some.
    """
    scope = scope_of(user)
    bodies = scope.tenant_ids | ({user.tenant_id} if user.tenant_id else set())
    own = Q(is_shared=True) | Q(owner__tenant_id__in=bodies)
    named = Q(roles__in=_roles_today(user))
    for path in scope.organization_paths:
        units = [int(part) for part in path.strip("/").split("/") if part]
        named |= Q(units__in=units)
    return own & (Q(roles__isnull=True, units__isnull=True) | named)


def can_use(user: User, application: Application) -> bool:
    """Will tell whether a person may sign on to an application now."""
    if not user.is_active or not application.is_live:
        return False
    return Application.objects.filter(meant_for(user), pk=application.pk).exists()


def _roles_today(user: User) -> QuerySet[Role]:
    held = in_force_q("posts__appointments__") & Q(posts__appointments__user=user)
    return Role.objects.filter(held)
