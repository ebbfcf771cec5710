"""Standard roles of a city that had them before an app came."""

from django.db import transaction

from apps.accounts.models import Role
from apps.accounts.reach import labels_of
from apps.accounts.services.roles import ROLE_SEED, find_permissions
from apps.audit.services import SYSTEM, Actor, changes, record


@transaction.atomic
def extend_roles(app: str, actor: Actor = SYSTEM) -> list[Role]:
    """Will give the standard roles the rights of one app, and make the roles made for it alone.

    Without any role it does nothing: such a city has not begun yet. Other rights stay as the
    city set them, and a role of other work that the city did without is not made. Gives the
    roles that changed; each is audited.
    """
    known = {role.code: role for role in Role.objects.select_for_update().order_by("pk")}
    changed: list[Role] = []
    for code, name, labels in ROLE_SEED if known else ():
        own = [label for label in labels if label.startswith(f"{app}.")]
        if not own or (code not in known and len(own) < len(labels)):
            continue
        role = known.get(code) or Role.objects.create(code=code, name=name)
        before = sorted(labels_of([role]))
        role.permissions.add(*find_permissions(own)[0])
        after = sorted(labels_of([role]))
        if before != after:
            changed.append(role)
            record(
                actor, "role.extended", object_type="accounts.role", object_id=role.pk,
                object_label=role.name,
                data=changes({"permissions": before}, {"permissions": after}),
            )  # fmt: skip
    return changed
