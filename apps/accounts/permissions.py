"""Who may administer whom. Pure questions, asked by services, views and templates."""

from apps.accounts.models import Organization, User
from apps.accounts.reach import admin_reach
from apps.accounts.selectors import people_scope, scope_for
from apps.audit.services import Actor, SystemActor
from apps.places.models import Area


def can_open_people(viewer: Actor) -> bool:
    """Will tell whether the people pages are for this viewer at all."""
    if not isinstance(viewer, User):
        return isinstance(viewer, SystemActor)
    scope = people_scope(viewer)
    return scope.everything or bool(scope.tenant_ids)


def can_manage_people(actor: Actor, tenant_id: int | None) -> bool:
    """Will tell whether the actor keeps the files and the tree of this tenant."""
    return _has_in_tenant(actor, "accounts.manage_people", tenant_id)


def can_manage_roles(actor: Actor, tenant_id: int | None) -> bool:
    """Will tell whether the actor decides what the posts of this tenant may do."""
    return _has_in_tenant(actor, "accounts.manage_roles", tenant_id)


def can_unlock(actor: Actor, tenant_id: int | None) -> bool:
    """Will tell whether the actor may lift a lock on accounts of this tenant."""
    return _has_in_tenant(actor, "accounts.unlock_users", tenant_id)


def unlocks_anywhere(actor: User) -> bool:
    """Will tell whether the actor lifts locks and meets people who lost a factor, anywhere."""
    scope = scope_for(actor, "accounts.unlock_users")
    return scope.everything or bool(scope.tenant_ids)


def can_view_user(actor: Actor, user: User) -> bool:
    """Will tell whether the actor may look at this person's file."""
    if not isinstance(actor, User):
        return isinstance(actor, SystemActor)
    return actor.pk == user.pk or people_scope(actor).covers_tenant(user.tenant_id)


def can_appoint(actor: Actor, tenant_id: int | None) -> bool:
    """Will tell whether the actor appoints to some posts of this tenant, whichever."""
    return can_manage_people(actor, tenant_id) or can_manage_roles(actor, tenant_id)


def can_grant_in(actor: Actor, organization: Organization) -> bool:
    """Will tell whether the actor decides what the posts of this very unit may do."""
    return _administers(actor, "accounts.manage_roles", organization)


def can_appoint_in(actor: Actor, organization: Organization) -> bool:
    """Will tell whether the actor appoints to ordinary posts of this very unit."""
    return _administers(actor, "accounts.manage_people", organization)


def can_keep_whole(actor: Actor, tenant_id: int) -> bool:
    """Will tell whether the actor keeps the tree of the whole body, its top included."""
    if not isinstance(actor, User):
        return isinstance(actor, SystemActor)
    return admin_reach(actor, "accounts.manage_people").covers_whole(tenant_id)


def _administers(actor: Actor, permission: str, organization: Organization) -> bool:
    if not isinstance(actor, User):
        return isinstance(actor, SystemActor)
    return admin_reach(actor, permission).covers(organization)


def _has_in_tenant(actor: Actor, permission: str, tenant_id: int | None) -> bool:
    if not isinstance(actor, User):
        return isinstance(actor, SystemActor)
    return actor.is_active and scope_for(actor, permission).covers_tenant(tenant_id)


def holds_in(actor: Actor, right: str, area: Area | None) -> bool:
    """Will tell whether the actor has a right over what stands in this area.

    area: None (no known place) is held by the system and by who reaches everything only.
    """
    if not isinstance(actor, User):
        return isinstance(actor, SystemActor)
    if not actor.has_perm(right):
        return False
    scope = scope_for(actor, right)
    return scope.everything or (area is not None and scope.covers_area(area.path))
