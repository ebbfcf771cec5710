"""Standard roles of a city that had them before an app came."""

from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction

from apps.accounts.models import Role
from apps.accounts.reach import labels_of
from apps.accounts.services.standard_roles import ROLE_SEED, find_permissions
from apps.audit.services import SYSTEM, Actor, changes, record


def extend_roles_after(
    app: str, migration: str, *, plan: Sequence[Any], rights: Collection[str] = ()
) -> None:
    """Will do so where a migration of the app is applied just now, that is once only.

    A right a city takes away later stays taken away. plan: as ``post_migrate`` gives it.
    rights: as ``extend_roles`` takes them.
    """
    applied = {(step.app_label, step.name) for step, is_backwards in plan if not is_backwards}
    if (app, migration) in applied:
        extend_roles(app, rights=rights)


@transaction.atomic
def extend_roles(app: str, actor: Actor = SYSTEM, *, rights: Collection[str] = ()) -> list[Role]:
    """Will give the standard roles the rights of one app, and make those whose first right it is.

    Without any role it does nothing: such a city has not begun yet. Other rights stay as the
    city set them, and a role of other work that the city did without is not made; one that is
    made has all its rights. rights: of the app's, only these, for an app that stood before and
    has new ones. Gives the roles that changed; each is audited.
    """
    known = {role.code: role for role in Role.objects.select_for_update().order_by("pk")}
    changed: list[Role] = []
    for code, name, labels in ROLE_SEED if known else ():
        own = [label for label in labels if label.startswith(f"{app}.")]
        own = [label for label in own if not rights or label in rights]
        if not own or (code not in known and own[0] != labels[0]):
            continue
        role = known.get(code) or Role.objects.create(code=code, name=name)
        before = sorted(labels_of([role]))
        role.permissions.add(*find_permissions(own if code in known else labels)[0])
        after = sorted(labels_of([role]))
        if before != after:
            changed.append(role)
            record(
                actor, "role.extended", object_type="accounts.role", object_id=role.pk,
                object_label=role.name,
                data=changes({"permissions": before}, {"permissions": after}),
            )  # fmt: skip
    return changed
