"""A unit that closes hands its posts to another and names its successor (机构调整)."""

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts import permissions
from apps.accounts.errors import StillInUse
from apps.accounts.models import Organization, Post
from apps.accounts.services.organizations import deactivate_organization
from apps.audit.services import Actor, record
from apps.common.errors import InvalidInput, NotAllowed, Refused


@transaction.atomic
def hand_posts(actor: Actor, *, posts: Collection[int], to: Organization) -> dict[int, str]:
    """Will move posts, with whoever holds them, into another unit of the same body.

    Where the name is taken there, the unit they come from is added in brackets. Gives the
    former name of every post moved. Locks the posts.

    Raises: NotAllowed; Refused (the unit is closed); InvalidInput (another body).
    """
    _require(actor, to)
    if not to.is_active:
        raise Refused(_("接收单位已停用。"), code="inactive")
    found = Post.objects.select_for_update(of=("self",)).select_related("organization__tenant")
    former: dict[int, str] = {}
    for post in found.filter(pk__in=posts).order_by("pk"):
        _require(actor, post.organization)
        if post.organization.tenant_id != to.tenant_id:
            raise InvalidInput(_("岗位不能移到其他租户的单位。"), field="posts")
        if post.organization_id == to.pk:
            continue
        old_unit, former[post.pk] = post.organization, post.name
        if to.posts.filter(name=post.name).exists():
            post.name = f"{post.name}（{old_unit}）"[:60]
        post.organization = to
        post.save(update_fields=["organization", "name"])
        record(
            actor,
            "post.handed_over",
            object_type="accounts.post",
            object_id=post.pk,
            object_label=str(post),
            data={"from": old_unit.name, "to": to.name},
        )
    return former


@transaction.atomic
def close_into(
    actor: Actor, *, organization: Organization, successor: Organization
) -> Organization:
    """Will close a unit whose posts are gone and name the unit that took over.

    Raises: NotAllowed; StillInUse; InvalidInput (itself, or another body); Refused (closed).
    """
    if successor.pk == organization.pk or successor.tenant_id != organization.tenant_id:
        raise InvalidInput(_("承接单位不正确。"), field="successor")
    if not successor.is_active:
        raise Refused(_("承接单位已停用。"), code="inactive", field="successor")
    closed = deactivate_organization(actor, organization=organization)
    closed.successor = successor
    closed.save(update_fields=["successor"])
    record(actor, "organization.succeeded", **_object(closed), data={"by": successor.name})
    return closed


@transaction.atomic
def reopen_organization(actor: Actor, *, organization: Organization) -> Organization:
    """Will open a closed unit again; it has no successor any more. Raises: NotAllowed;
    StillInUse (the unit above is closed)."""
    _require(actor, organization)
    locked = Organization.objects.select_for_update(of=("self",)).get(pk=organization.pk)
    above = locked.parent
    if above is not None and not above.is_active:
        raise StillInUse(_("上级单位已停用，请先恢复上级单位。"))
    locked.is_active, locked.successor = True, None
    locked.save(update_fields=["is_active", "successor"])
    record(actor, "organization.reopened", **_object(locked))
    return locked


def _require(actor: Actor, organization: Organization) -> None:
    if not permissions.can_appoint_in(actor, organization):
        raise NotAllowed(_("您没有管理该单位的权限。"))


def _object(organization: Organization) -> dict[str, Any]:
    return {
        "object_type": "accounts.organization",
        "object_id": organization.pk,
        "object_label": organization.name,
    }
