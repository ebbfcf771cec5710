"""Exceptions to the scoped lists: one object shared with one person, by name."""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermission
from guardian.shortcuts import assign_perm, remove_perm

from apps.accounts import permissions
from apps.accounts.models import User
from apps.audit.services import Actor, record
from apps.common.errors import NotAllowed


@transaction.atomic
def share_object(actor: Actor, *, user: User, permission: str, obj: Model, tenant_id: int) -> None:
    """Will let a person of any body do one thing with one object of ``tenant_id``.

    permission: codename on the object's model. Sharing twice changes nothing.
    Raises: NotAllowed (the actor does not grant rights in the object's tenant).
    Source: CO-06.
    """
    _require(actor, tenant_id)
    assign_perm(permission, user, obj)
    _record(actor, "object.shared", user, permission, obj)


@transaction.atomic
def unshare_object(
    actor: Actor, *, user: User, permission: str, obj: Model, tenant_id: int
) -> None:
    """Will take a share back; counts at the person's next request.

    Raises: NotAllowed.
    """
    _require(actor, tenant_id)
    remove_perm(permission, user, obj)
    _record(actor, "object.unshared", user, permission, obj)


@transaction.atomic
def unshare_everything(actor: Actor, *, user: User) -> int:
    """Will take back every object shared with a person by name and give how many.

    Raises: NotAllowed (the actor does not keep the person's file).
    """
    if not permissions.can_manage_people(actor, user.tenant_id):
        raise NotAllowed(_("您没有管理该单位人员的权限。"))
    shares = UserObjectPermission.objects.filter(user=user)
    labels = sorted({f"{s.content_type.app_label}.{s.permission.codename}" for s in shares})
    count = shares.delete()[0]
    if count:
        record(
            actor,
            "object.all_unshared",
            object_type="accounts.user",
            object_id=user.pk,
            object_label=user.display_name,
            data={"shares": count, "may": labels},
        )
    return count


def _require(actor: Actor, tenant_id: int) -> None:
    if not permissions.can_manage_roles(actor, tenant_id):
        raise NotAllowed(_("您不能共享该单位的记录。"))


def _record(actor: Actor, action: str, user: User, permission: str, obj: Model) -> None:
    kind = ContentType.objects.get_for_model(obj)
    data: dict[str, Any] = {"user_id": user.pk, "user": user.display_name, "may": permission}
    record(
        actor,
        action,
        object_type=f"{kind.app_label}.{kind.model}",
        object_id=obj.pk,
        object_label=str(obj),
        data=data,
    )
