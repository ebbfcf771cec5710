"""The tree of organisations and the posts in it."""

from typing import Any

from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Substr
from django.utils.translation import gettext_lazy as _

from apps.accounts import permissions
from apps.accounts.errors import StillInUse
from apps.accounts.models import Appointment, Organization, Post, Tenant
from apps.accounts.reach import stands_for_all
from apps.accounts.signals import OrganizationMoved, organization_moved
from apps.audit.services import Actor, changes, record, snapshot
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, Refused
from apps.places.models import Area

_OF_UNIT = ("name", "short_name", "kind", "area", "phone")


@transaction.atomic
def create_tenant(actor: Actor, *, code: str, name: str, area: Area | None = None) -> Tenant:
    """Will add a government body whose records are its own.

    Raises: NotAllowed (only who reaches everything); InvalidInput (code taken).
    """
    if not permissions.can_manage_people(actor, None):
        raise NotAllowed(_("只有平台管理员可以新增租户。"))
    if Tenant.objects.filter(code=code).exists():
        raise InvalidInput(_("该代码已被使用。"), field="code")
    tenant = Tenant.objects.create(code=code, name=name, area=area)
    record(
        actor,
        "tenant.created",
        object_type="accounts.tenant",
        object_id=tenant.pk,
        object_label=tenant.name,
    )
    return tenant


@transaction.atomic
def create_organization(
    actor: Actor,
    *,
    tenant: Tenant,
    code: str,
    name: str,
    kind: str,
    parent: Organization | None = None,
    short_name: str = "",
    area: Area | None = None,
    phone: str = "",
) -> Organization:
    """Will add a unit to the tree, at the top or below ``parent``. Locks the parent.

    Raises: NotAllowed; InvalidInput (code taken, parent of another tenant); Refused
        (parent closed).
    """
    above = _lock(parent) if parent else None
    _require_place(actor, above, tenant.pk)
    if Organization.objects.filter(code=code).exists():
        raise InvalidInput(_("该代码已被使用。"), field="code")
    organization = Organization.objects.create(
        tenant=tenant, parent=above, code=code, name=name, kind=kind,
        short_name=short_name, area=area, phone=phone, path="",
    )  # fmt: skip
    organization.path = f"{above.path if above else '/'}{organization.pk}/"
    organization.save(update_fields=["path"])
    _require_no_rise(actor, organization)
    record(actor, "organization.created", **_object(organization), data={"code": code})
    return organization


@transaction.atomic
def update_organization(
    actor: Actor,
    *,
    organization: Organization,
    name: str,
    short_name: str,
    kind: str,
    area: Area | None,
    phone: str,
) -> Organization:
    """Will change what a unit is called, answers for and is reached by. Locks the unit.

    Raises: NotAllowed.
    """
    locked = _lock(organization)
    _require_unit(actor, locked)
    before = snapshot(locked, *_OF_UNIT)
    locked.name, locked.short_name, locked.kind = name, short_name, kind
    locked.area, locked.phone = area, phone
    _require_no_rise(actor, locked)
    locked.save(update_fields=_OF_UNIT)
    changed = changes(before, snapshot(locked, *_OF_UNIT))
    record(actor, "organization.updated", **_object(locked), data=changed)
    return locked


@transaction.atomic
def move_organization(
    actor: Actor, *, organization: Organization, parent: Organization | None
) -> Organization:
    """Will hang a unit with everything below it under another one (None: to the top).

    Locks the tenant first, so two moves never cross, then the subtree. Rewrites all paths
    in one statement; announces ``organization_moved`` after commit.

    Raises: NotAllowed; InvalidInput (other tenant); Refused (below itself, or closed).
    """
    Tenant.objects.select_for_update().get(pk=organization.tenant_id)
    moved = _lock(organization)
    _require_unit(actor, moved)
    above = _lock(parent) if parent else None
    _require_place(actor, above, moved.tenant_id)
    if above is not None and above.path.startswith(moved.path):
        raise Refused(_("不能移动到自己的下级单位。"), code="cycle", field="parent")
    old_path = moved.path
    new_path = f"{above.path if above else '/'}{moved.pk}/"
    if new_path == old_path:
        return moved
    subtree = Organization.objects.filter(path__startswith=old_path)
    list(subtree.order_by("pk").select_for_update().values_list("pk", flat=True))
    subtree.update(path=Concat(Value(new_path), Substr(F("path"), len(old_path) + 1)))
    before = snapshot(moved, "parent", "path")
    moved.parent, moved.path = above, new_path
    moved.save(update_fields=["parent", "path"])
    changed = changes(before, snapshot(moved, "parent", "path"))
    record(actor, "organization.moved", **_object(moved), data=changed)
    event = OrganizationMoved(organization_id=moved.pk, old_path=old_path, new_path=new_path)
    transaction.on_commit(
        lambda: organization_moved.send_robust(sender=Organization, event=event) and None
    )
    return moved


@transaction.atomic
def deactivate_organization(actor: Actor, *, organization: Organization) -> Organization:
    """Will close a unit; old records keep it. Locks the unit.

    Raises: NotAllowed; StillInUse (units below or people on its posts, now or later).
    """
    locked = _lock(organization)
    _require_unit(actor, locked)
    if locked.children.filter(is_active=True).exists():
        raise StillInUse(_("该单位还有启用的下级单位,请先停用或移走。"))
    today = clock.today()
    on_post = Appointment.objects.filter(
        Q(to_on__isnull=True) | Q(to_on__gte=today), post__organization=locked
    )
    if on_post.exists():
        raise StillInUse(_("该单位还有在任人员,请先办理离任。"))
    if locked.is_active:
        locked.is_active = False
        locked.save(update_fields=["is_active"])
        record(actor, "organization.deactivated", **_object(locked))
    return locked


@transaction.atomic
def create_post(
    actor: Actor, *, organization: Organization, name: str, area: Area | None = None
) -> Post:
    """Will add a post without any role; the security administrator gives it roles.

    Raises: NotAllowed; InvalidInput (name taken in this unit).
    """
    _require_unit(actor, organization)
    if organization.posts.filter(name=name).exists():
        raise InvalidInput(_("该单位已有同名岗位。"), field="name")
    post = Post.objects.create(organization=organization, name=name, area=area)
    record(actor, "post.created", **_post_object(post))
    return post


@transaction.atomic
def update_post(actor: Actor, *, post: Post, name: str, area: Area | None) -> Post:
    """Will rename a post or change the area it answers for. Locks the post.

    Raises: NotAllowed; InvalidInput (name taken in this unit).
    """
    locked = Post.objects.select_for_update(of=("self",)).select_related("organization__tenant")
    kept = locked.get(pk=post.pk)
    _require_unit(actor, kept.organization)
    if kept.organization.posts.filter(name=name).exclude(pk=kept.pk).exists():
        raise InvalidInput(_("该单位已有同名岗位。"), field="name")
    before = snapshot(kept, "name", "area")
    kept.name, kept.area = name, area
    kept.save(update_fields=["name", "area"])
    changed = changes(before, snapshot(kept, "name", "area"))
    record(actor, "post.updated", **_post_object(kept), data=changed)
    return kept


def _require_unit(actor: Actor, organization: Organization) -> None:
    if not permissions.can_appoint_in(actor, organization):
        raise NotAllowed(_("您没有管理该单位的权限。"))


def _require_place(actor: Actor, parent: Organization | None, tenant_id: int) -> None:
    """Below a unit one administers, or at the top by administering the whole body."""
    if parent is not None:
        _require_fitting(parent, tenant_id)
        _require_unit(actor, parent)
    elif not permissions.can_keep_whole(actor, tenant_id):
        raise NotAllowed(_("只有管理全部单位的人员可以在顶层设置单位。"))


def _require_no_rise(actor: Actor, organization: Organization) -> None:
    """Nobody makes a unit the centre of the whole body who does not administer it all."""
    rises = stands_for_all(organization)
    if rises and not permissions.can_keep_whole(actor, organization.tenant_id):
        raise NotAllowed(_("只有管理全部单位的人员可以设置全域的指挥受理中心。"))


def _require_fitting(parent: Organization, tenant_id: int) -> None:
    if parent.tenant_id != tenant_id:
        raise InvalidInput(_("上级单位不属于同一租户。"), field="parent")
    if not parent.is_active:
        raise Refused(_("上级单位已停用。"), code="inactive", field="parent")


def _lock(organization: Organization) -> Organization:
    found = Organization.objects.select_for_update(of=("self",)).select_related("tenant")
    return found.get(pk=organization.pk)


def _object(organization: Organization) -> dict[str, Any]:
    return {
        "object_type": "accounts.organization",
        "object_id": organization.pk,
        "object_label": organization.name,
    }


def _post_object(post: Post) -> dict[str, Any]:
    return {"object_type": "accounts.post", "object_id": post.pk, "object_label": str(post)}
