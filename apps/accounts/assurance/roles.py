"""Which roles must have a second factor. Source: AC-08."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Post, Role, User
from apps.accounts.selectors import scope_for
from apps.audit.services import record
from apps.common.errors import NotAllowed


def can_set_requirement(actor: User) -> bool:
    """Will tell whether the actor decides over roles anywhere."""
    scope = scope_for(actor, "accounts.manage_roles")
    return scope.everything or bool(scope.tenant_ids)


@transaction.atomic
def set_requirement(actor: User, *, role: Role, required: bool) -> Role:
    """Will make a second factor a must for a role, or no longer. Locks the role.

    Counts at the next request of whoever holds it. A role is shared by all bodies: who changes
    it must administer the roles of every body that uses it.

    Raises: NotAllowed.
    """
    locked = Role.objects.select_for_update().get(pk=role.pk)
    scope = scope_for(actor, "accounts.manage_roles")
    used_by = Post.objects.filter(roles=locked).values_list("organization__tenant_id", flat=True)
    if not can_set_requirement(actor) or not all(scope.covers_tenant(t) for t in used_by):
        raise NotAllowed(_("该角色由其他单位共用，您不能修改。"))
    if locked.requires_second_factor == required:
        return locked
    locked.requires_second_factor = required
    locked.save(update_fields=["requires_second_factor"])
    record(
        actor,
        "role.second_factor_required" if required else "role.second_factor_waived",
        object_type="accounts.role",
        object_id=locked.pk,
        object_label=locked.name,
    )
    return locked
